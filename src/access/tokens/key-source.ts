import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { Failure } from '../../lib/errors.ts';
import { monotonic } from '../../lib/time.ts';
import type { PublicJwk } from '../keys/signing-key.ts';

/**
 * Finds the public key that a token's header names. Only `kid` and `alg` of the header are looked at: a key or an
 * address that the token itself brings (`jwk`, `jku`, `x5c`, `x5u`) counts for nothing.
 */
export type KeySource = JWTVerifyGetKey;

/** Keys of our own. `keys` gives the same array until something changes. */
export function localKeys(keys: () => readonly PublicJwk[]): KeySource {
  let known: readonly PublicJwk[] | undefined;
  let find: KeySource;
  return (header, token) => {
    if (known !== keys()) {
      known = keys();
      find = createLocalJWKSet({ keys: [...known] });
    }
    return find(header, token);
  };
}

/** GET of a small JSON document. Rejects when it cannot be had, is too large, or the signal is aborted. */
export type FetchKeySet = (url: URL, signal: AbortSignal) => Promise<unknown>;

export interface RemoteKeysOptions {
  /** JWKS address (RFC 7517 §5). */
  readonly url: URL;
  readonly fetchKeySet: FetchKeySet;
  /** Milliseconds on a clock that never goes back. */
  readonly clock?: () => number;
}

/** After 10 minutes a set is read again while the old one still serves; after an hour it no longer does. */
const FRESH = 600_000;
const MAX_AGE = 3_600_000;
/** The least time between two requests, whatever tokens arrive and however they fail. */
const COOLDOWN = 10_000;
const TIMEOUT = 5_000;
const MAX_KEYS = 100;

/**
 * Keys that an issuer publishes. A `kid` that is not in the set has it read again, at most every 10 seconds. Throws
 * Failure('decision-unavailable') when there is no set to judge by: that is not the caller's fault.
 */
export function remoteKeys(options: RemoteKeysOptions): KeySource {
  const set = new RemoteKeySet(options);
  return async (header, token) => {
    const find = await set.usable();
    try {
      return await find(header, token);
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey)) throw thrown;
      return (await set.reread())(header, token);
    }
  };
}

class RemoteKeySet {
  readonly #options: RemoteKeysOptions;
  readonly #clock: () => number;
  #find: KeySource | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** Resolves to what went wrong, if anything. */
  #asking: Promise<unknown> = Promise.resolve();

  constructor(options: RemoteKeysOptions) {
    this.#options = options;
    this.#clock = options.clock ?? monotonic;
  }

  async usable(): Promise<KeySource> {
    if (this.#age() > FRESH) this.#ask();
    const cause = this.#age() > MAX_AGE ? await this.#asking : undefined;
    if (!this.#find || this.#age() > MAX_AGE)
      throw new Failure('decision-unavailable', {
        detail: `The keys of the token's issuer cannot be read from ${this.#options.url.host}.`,
        retryAfter: COOLDOWN / 1000,
        cause,
      });
    return this.#find;
  }

  async reread(): Promise<KeySource> {
    this.#ask();
    await this.#asking;
    return this.usable();
  }

  #age(): number {
    return this.#clock() - this.#readAt;
  }

  #ask(): void {
    if (this.#clock() - this.#askedAt < COOLDOWN) return;
    this.#askedAt = this.#clock();
    // What was read before keeps serving when this fails, until it is too old.
    this.#asking = this.#read().catch((thrown: unknown) => thrown);
  }

  async #read(): Promise<void> {
    const set = await this.#options.fetchKeySet(this.#options.url, AbortSignal.timeout(TIMEOUT));
    const find = createLocalJWKSet(set as JSONWebKeySet);
    if (find.jwks().keys.length > MAX_KEYS) throw new RangeError('the key set is too large');
    this.#find = find;
    this.#readAt = this.#clock();
  }
}
