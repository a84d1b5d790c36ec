import type { Database } from '../db/database.ts';
import { toError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { monotonic } from '../lib/time.ts';
import type { WebhookSecret } from '../outbound/standard-webhooks.ts';
import { type SealedSecret, sealedSecrets } from '../subscriptions/secret-queries.ts';
import type { Course } from './course.ts';

export interface SignersOptions {
  readonly database: Database;
  /** Opens a sealed signing secret of a subscription. */
  readonly openSecret: (subscription: number, sealed: Uint8Array) => WebhookSecret;
  /** The key of the house that signs now, whose public half is published. */
  readonly publishedKey: () => WebhookSecret;
  readonly log: Log;
}

interface ActiveSecret {
  readonly secret: WebhookSecret;
  /** Monotonic milliseconds; infinite unless another one has followed it. */
  readonly expiresAt: number;
}

/**
 * What signs for each course: every secret of its subscription that has not expired, the newest first, and beside them
 * the published key for whoever asked for `v1a`.
 */
export class Signers {
  readonly #options: SignersOptions;
  readonly #secrets = new WeakMap<Course, readonly ActiveSecret[]>();

  constructor(options: SignersOptions) {
    this.#options = options;
  }

  /** Reads the secrets of these courses anew. */
  async load(courses: readonly Course[]): Promise<void> {
    const ids = courses.map((course) => course.subscription.id);
    const bySubscription = new Map<number, SealedSecret[]>(ids.map((id) => [id, []]));
    const now = monotonic();
    for (const row of await sealedSecrets(this.#options.database, ids))
      bySubscription.get(row.subscription)?.push(row);
    for (const course of courses) {
      const sealed = bySubscription.get(course.subscription.id) ?? [];
      this.#secrets.set(
        course,
        sealed.flatMap((row) => this.#open(row, now)),
      );
    }
  }

  /** None when no secret can be opened: nothing may be sent unsigned. */
  of(course: Course): readonly WebhookSecret[] {
    const now = monotonic();
    const secrets: WebhookSecret[] = [];
    for (const { secret, expiresAt } of this.#secrets.get(course) ?? [])
      if (expiresAt > now) secrets.push(secret);
    if (secrets.length > 0 && course.subscription.signing === 'v1a')
      secrets.push(this.#options.publishedKey());
    return secrets;
  }

  /** One that cannot be opened stops its own subscription and no other. */
  #open({ subscription, sealed, expiresInMs }: SealedSecret, now: number): ActiveSecret[] {
    const { openSecret, log } = this.#options;
    try {
      const secret = openSecret(subscription, sealed);
      return [{ secret, expiresAt: now + (expiresInMs ?? Number.POSITIVE_INFINITY) }];
    } catch (thrown) {
      log.error({ err: toError(thrown).message, subscription }, 'a webhook secret cannot be opened');
      return [];
    }
  }
}
