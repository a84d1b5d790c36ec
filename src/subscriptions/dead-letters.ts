import type { Database } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import * as store from './dead-letter-queries.ts';
import type { FlowOptions } from './flow.ts';
import { deliveryOf, positionOfDelivery } from './delivery-name.ts';
import { readSize } from './page-size.ts';
import type { Consumer } from './subscriptions.ts';

export interface DeadLettersOptions
  extends Pick<FlowOptions, 'subscriptions' | 'cursorOf' | 'changed' | 'quiesced'> {
  readonly database: Database;
}

/** An event that is out of attempts. Times are wire times. */
export interface DeadLetter {
  /** Names it: the same as the header `budstikka-delivery` of its attempts. */
  readonly delivery: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly resource: string;
  readonly resourceInstance: string | null;
  /** A cursor. */
  readonly position: string;
  readonly attempts: number;
  readonly lastCause: string;
  readonly diedAt: string;
  /** Since when it is to be sent again; null when nobody asked. */
  readonly retryAskedAt: string | null;
  readonly expiresAt: string;
}

export interface DeadLetterPage {
  readonly deadLetters: readonly DeadLetter[];
  /** What to ask for `after` next; null at the end. */
  readonly next: string | null;
}

/** How many are listed at a time, and named or chosen by one request. */
export const LETTERS = { page: { default: 50, most: 200 }, named: 200, chosen: 10_000 };

/** Dead letters as whoever made the subscription sees them: listed, sent again, given up. */
export class DeadLetters {
  readonly #options: DeadLettersOptions;

  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  /**
   * Those that are not settled, in the order of the log.
   *
   * @param after the `delivery` of the one before
   * @param size 1 to 200, 50 by default
   * @throws Failure `not-found`, `not-authorised`, `request-invalid`
   */
  async list(
    caller: Consumer,
    id: number,
    { after, size }: { readonly after?: unknown; readonly size?: unknown },
  ): Promise<DeadLetterPage> {
    const { database, subscriptions, cursorOf } = this.#options;
    await subscriptions.get(caller, id);
    const most = readSize(size, LETTERS.page);
    const position = after === undefined ? 0 : readDelivery(id, after, 'after');
    const rows = await store.listDeadLetters(database, id, { after: position, most: most + 1 });
    const deadLetters = rows.slice(0, most).map((row) => toDeadLetter(id, row, cursorOf));
    return { deadLetters, next: rows.length > most ? (deadLetters.at(-1)?.delivery ?? null) : null };
  }

  /**
   * Has them sent again, once each, beside the order of their dialogs: those named, or the 10,000 oldest.
   *
   * @param deliveries names of them; undefined for all
   * @returns how many
   * @throws Failure `not-found`, `not-authorised`, `request-invalid`
   */
  async retry(caller: Consumer, id: number, deliveries: unknown): Promise<number> {
    return (await this.#choose(caller, id, { what: 'retry', deliveries })).count;
  }

  /** Settles them unsent, as `retry` chooses. When this resolves, no attempt that begins calls them missing any more. */
  async discard(caller: Consumer, id: number, deliveries: unknown): Promise<number> {
    const chosen = await this.#choose(caller, id, { what: 'discard', deliveries });
    await this.#options.quiesced(chosen);
    return chosen.count;
  }

  async #choose(
    caller: Consumer,
    id: number,
    { what, deliveries }: { readonly what: store.Chosen['what']; readonly deliveries: unknown },
  ): Promise<NonNullable<Awaited<ReturnType<typeof store.chooseDeadLetters>>>> {
    const { database, subscriptions, changed } = this.#options;
    await subscriptions.get(caller, id);
    const positions = readDeliveries(id, deliveries);
    const chosen = await database.transaction((transaction) =>
      store.chooseDeadLetters(transaction, id, { what, positions, most: LETTERS.chosen }),
    );
    if (!chosen) throw new Failure('not-found', { detail: 'There is no such subscription.' });
    changed();
    return chosen;
  }
}

function toDeadLetter(id: number, row: store.DeadLetterRow, cursorOf: FlowOptions['cursorOf']): DeadLetter {
  const position = Number(row.position);
  return {
    ...{ delivery: deliveryOf(id, position), id: row.event_id, source: row.source, type: row.type },
    ...{ resource: row.resource, resourceInstance: row.resource_instance, position: cursorOf(position) },
    ...{ attempts: row.attempts, lastCause: row.cause, diedAt: row.died_at },
    ...{ retryAskedAt: row.asked_at, expiresAt: row.expires_at },
  };
}

function readDeliveries(id: number, deliveries: unknown): number[] | null {
  if (deliveries === undefined || deliveries === null) return null;
  if (Array.isArray(deliveries) && deliveries.length >= 1 && deliveries.length <= LETTERS.named)
    return deliveries.map((one) => readDelivery(id, one, 'deliveries'));
  return refuse('deliveries', `must be a list of 1 to ${LETTERS.named}`);
}

function readDelivery(id: number, text: unknown, field: string): number {
  return positionOfDelivery(id, text) ?? refuse(field, 'names no delivery of this subscription');
}

function refuse(field: string, fault: string): never {
  throw new Failure('request-invalid', { fields: { [field]: [fault] } });
}
