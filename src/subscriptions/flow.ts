import type { Database } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import * as store from './state-queries.ts';
import type { Subscription } from './subscription.ts';
import type { Consumer, Subscriptions } from './subscriptions.ts';

export interface FlowOptions {
  readonly database: Database;
  readonly subscriptions: Pick<Subscriptions, 'get'>;
  /** The position of a cursor. Rejects with Failure `cursor-unreadable` or `cursor-expired`. */
  readonly positionOf: (cursor: string) => Promise<number>;
  readonly cursorOf: (position: number) => string;
  /** Called when a change has been committed. */
  readonly changed: () => void;
  /** Resolves when no attempt begins any more as it was before the change. */
  readonly quiesced: (changed: store.Changed) => Promise<void>;
}

/** A subscription and how far it has come, for whoever made it. Times are wire times; null is "none". */
export interface Standing {
  /** Everything at or below is delivered, withheld, parked or given up: a cursor. */
  readonly position: string;
  /** When the oldest event on its resource was published that it may not have got. */
  readonly waitingSince: string | null;
  readonly breaker: 'closed' | 'held' | 'recovering';
  /** Why its endpoint is held: it fails as a whole, asked us to wait, or answered 410. */
  readonly heldBecause: 'failing' | 'asked' | 'gone' | null;
  readonly failingSince: string | null;
  readonly nextProbe: string | null;
  readonly parkedDialogs: number;
  /** Those of them that wait until a dead letter is settled. */
  readonly heldDialogs: number;
  readonly nextAttempt: string | null;
  readonly deadLetters: number;
}

/** Pausing and resuming, and where a subscription stands meanwhile. */
export class SubscriptionFlow {
  readonly #options: FlowOptions;

  constructor(options: FlowOptions) {
    this.#options = options;
  }

  /**
   * Pauses a subscription, which keeps its place in the log; one that is not active stays as it is. When this resolves,
   * no attempt of it begins any more.
   *
   * @throws Failure `not-found`, `not-authorised`
   */
  async pause(caller: Consumer, id: number): Promise<Subscription> {
    const { database, subscriptions, changed, quiesced } = this.#options;
    await subscriptions.get(caller, id);
    const paused = await store.pauseSubscription(database, id);
    if (paused) {
      changed();
      await quiesced(paused);
    }
    return subscriptions.get(caller, id);
  }

  /**
   * Lets a subscription go on that was paused or disabled.
   *
   * @param from `cursor`, which is the default: where it stood, so that it catches up; `now`; `0`: as far back as the log
   * goes; or a cursor of the feed. From anywhere but where it stood, what it had parked is forgotten, and what it had got
   * may come again.
   * @throws Failure `not-found`, `not-authorised`, `request-invalid`, `cursor-unreadable`, `cursor-expired`
   */
  async resume(caller: Consumer, id: number, from: unknown): Promise<Subscription> {
    const { database, subscriptions, changed } = this.#options;
    await subscriptions.get(caller, id);
    const place = await this.#placeOf(from ?? 'cursor');
    const resumed = await database.transaction((transaction) =>
      place === 'cursor'
        ? store.resumeSubscription(transaction, id)
        : store.seekSubscription(transaction, id, place),
    );
    if (resumed) changed();
    return subscriptions.get(caller, id);
  }

  /** Where a subscription stands. @throws Failure `not-found` when it has just gone */
  async standing(subscription: Subscription): Promise<Standing> {
    const { database, cursorOf } = this.#options;
    const row = await store.readStanding(database, subscription.id);
    if (!row) throw new Failure('not-found', { detail: 'There is no such subscription.' });
    return {
      position: cursorOf(Number(row.position)),
      waitingSince: row.waiting_since,
      breaker: row.phase ?? 'closed',
      heldBecause: row.because,
      failingSince: row.phase === 'held' ? row.since : null,
      nextProbe: row.phase === 'held' ? row.next_at : null,
      parkedDialogs: row.dialogs,
      heldDialogs: row.held,
      nextAttempt: row.next_attempt,
      deadLetters: row.letters,
    };
  }

  async #placeOf(from: unknown): Promise<number | 'cursor' | 'now'> {
    if (from === 'cursor' || from === 'now') return from;
    if (from === '0') return 0;
    if (typeof from === 'string') return this.#options.positionOf(from);
    throw new Failure('request-invalid', { fields: { from: ['must be cursor, now, 0 or a cursor'] } });
  }
}
