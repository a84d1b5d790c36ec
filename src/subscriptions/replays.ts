import type { Database } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import type { FlowOptions } from './flow.ts';
import * as store from './replay-queries.ts';
import type { Subscription } from './subscription.ts';
import type { Consumer } from './subscriptions.ts';

export interface ReplaysOptions extends FlowOptions {
  readonly database: Database;
  /** Where an event stands in the log, by its id, as far as its reader may see it; undefined when it does not. */
  readonly positionOfEvent: (
    event: string,
    within: { readonly resource: string; readonly orgNumber: string | undefined },
  ) => Promise<number | undefined>;
}

/** What the log held is sent again. Times are wire times; null is "not yet". */
export interface Replay {
  readonly state: 'running' | 'done' | 'cancelled';
  /** Cursors: after the one, up to the other; and where it has come to. */
  readonly from: string;
  readonly to: string;
  readonly position: string;
  readonly askedAt: string;
  readonly endedAt: string | null;
  /** Events, so far. What was refused is among the dead letters. */
  readonly delivered: number;
  readonly withheld: number;
  readonly refused: number;
}

/** What a request asks for, as it came. */
export interface ReplayRequest {
  readonly from?: unknown;
  readonly to?: unknown;
  readonly event?: unknown;
}

const EVENT_LONGEST = 1023;

/** Replays as whoever made the subscription sees them: started, looked at, cancelled. One runs at a time. */
export class Replays {
  readonly #options: ReplaysOptions;

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  /**
   * Has sent again what the log holds after the cursor `from`, or from its beginning (`0`), up to the cursor `to`, or to
   * its end; or the one event that `event` is the id of.
   *
   * @throws Failure `not-found`, `not-authorised`, `request-invalid`, `cursor-unreadable`, `cursor-expired`,
   * `replay-running`
   */
  async start(caller: Consumer, id: number, request: ReplayRequest): Promise<Replay> {
    const { database, subscriptions, changed } = this.#options;
    const subscription = await subscriptions.get(caller, id);
    const range = await this.#rangeOf(subscription, request);
    const isStarted = await database.transaction((transaction) => store.startReplay(transaction, id, range));
    if (!isStarted) throw new Failure('replay-running');
    changed();
    return (await this.last(subscription)) ?? notFound();
  }

  /** Ends the replay that runs: when this resolves, nothing of it begins any more. @throws Failure `not-found`, `not-authorised` */
  async cancel(caller: Consumer, id: number): Promise<void> {
    const { database, subscriptions, changed, quiesced } = this.#options;
    await subscriptions.get(caller, id);
    const cancelled = await database.transaction((transaction) => store.cancelReplay(transaction, id));
    if (!cancelled) return notFound();
    changed();
    await quiesced(cancelled);
  }

  /** The last replay; undefined when there was none. */
  async last({ id }: Pick<Subscription, 'id'>): Promise<Replay | undefined> {
    const { database, cursorOf } = this.#options;
    const row = await store.readReplay(database, id);
    if (!row) return undefined;
    const [from, to, position] = [row.from_position, row.to_position, row.position].map((one) =>
      cursorOf(Number(one)),
    );
    const counts = {
      delivered: Number(row.delivered),
      withheld: Number(row.withheld),
      refused: Number(row.refused),
    };
    const times = { askedAt: row.asked_at, endedAt: row.ended_at };
    return { state: row.state, from: from!, to: to!, position: position!, ...times, ...counts };
  }

  async #rangeOf(
    subscription: Subscription,
    { from, to, event }: ReplayRequest,
  ): Promise<{ from: number; to: number | null }> {
    if (event !== undefined) {
      if (from !== undefined || to !== undefined) refuse('event', 'stands alone, without from and to');
      const position = await this.#positionOf(subscription, event);
      return { from: position - 1, to: position };
    }
    const range = {
      from: await this.#placeOf('from', from),
      to: to === undefined ? null : await this.#placeOf('to', to),
    };
    if (range.to !== null && range.to < range.from) refuse('to', 'must not be before from');
    return range;
  }

  async #positionOf({ resourceFilter, identity }: Subscription, event: unknown): Promise<number> {
    const isId = typeof event === 'string' && event.length > 0 && event.length <= EVENT_LONGEST;
    if (!isId || event.includes('\0')) refuse('event', 'must be the id of an event');
    const within = { resource: resourceFilter, orgNumber: identity.orgNumber };
    const position = await this.#options.positionOfEvent(event, within);
    return position ?? refuse('event', 'names no event of the resource in the log');
  }

  async #placeOf(field: string, place: unknown): Promise<number> {
    if (place === '0') return 0;
    if (typeof place === 'string') return this.#options.positionOf(place);
    return refuse(field, 'must be 0 or a cursor');
  }
}

function notFound(): never {
  throw new Failure('not-found', { detail: 'No replay of this subscription is running.' });
}

function refuse(field: string, fault: string): never {
  throw new Failure('request-invalid', { fields: { [field]: [fault] } });
}
