import { consumerOf, partyOf } from '../access/caller.ts';
import type { Identity } from '../access/ports.ts';
import { Failure } from '../lib/errors.ts';
import type { Authenticate } from './authenticate.ts';

/** Callers that are remembered; beyond it, whoever has been quiet for longest begins anew. */
const CALLERS_MOST = 10_000;

interface Bucket {
  tokens: number;
  /** Monotonic milliseconds. */
  filledAt: number;
}

/**
 * So much a second for each caller, whatever tokens it comes with: a token bucket that holds the share of one second.
 * What is more than a whole second's share at once is let through when the bucket is full, and is owed.
 */
export class CallerLimit {
  readonly #perSecond: number;
  readonly #now: () => number;
  /** The one that came last is last. */
  readonly #buckets = new Map<string, Bucket>();

  /** @param perSecond 0 is no limit */
  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /** @throws Failure `too-many-requests` with the seconds after which there is enough again; then nothing is taken */
  take(identity: Identity, count = 1): void {
    const perSecond = this.#perSecond;
    if (perSecond === 0) return;
    const bucket = this.#fill(callerOf(identity));
    const missing = Math.min(count, perSecond) - bucket.tokens;
    if (missing > 0) throw new Failure('too-many-requests', { retryAfter: missing / perSecond });
    bucket.tokens -= count;
  }

  #fill(caller: string): Bucket {
    const now = this.#now();
    const bucket = this.#buckets.get(caller) ?? { tokens: this.#perSecond, filledAt: now };
    this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    const gained = ((now - bucket.filledAt) / 1000) * this.#perSecond;
    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + gained);
    bucket.filledAt = now;
    this.#forgetOldest();
    return bucket;
  }

  #forgetOldest(): void {
    if (this.#buckets.size <= CALLERS_MOST) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}

/** Whoever shares a limit: a consumer, or the party itself when there is none. */
function callerOf(identity: Identity): string {
  return consumerOf(identity) ?? partyOf(identity) ?? '';
}

/** Counts every request whose caller is known. What cannot be authenticated is refused anyway, and counts for nobody. */
export function limitRequests(authenticate: Authenticate, limit: CallerLimit): Authenticate {
  return async (headers) => {
    const caller = await authenticate(headers);
    limit.take(caller.identity);
    return caller;
  };
}
