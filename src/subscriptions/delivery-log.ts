import type { Database } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import { isWireTime, toUtcTime } from '../lib/time.ts';
import { deliveryOf } from './delivery-name.ts';
import * as store from './delivery-log-queries.ts';
import { readSize } from './page-size.ts';
import type { Consumer, Subscriptions } from './subscriptions.ts';

export interface DeliveryLogOptions {
  readonly database: Database;
  readonly subscriptions: Pick<Subscriptions, 'see'>;
}

/** What became of deliveries. Times are wire times; null is "none". */
export interface LoggedDelivery {
  readonly at: string;
  readonly state: string;
  /** 0 for a batch that was not taken, and for what retention has passed. */
  readonly attempt: number;
  readonly status: number | null;
  readonly cause: string | null;
  readonly milliseconds: number | null;
  /** How many events it is about, and names of the first 1,000, as in the header `budstikka-delivery`. */
  readonly count: number;
  readonly deliveries: readonly string[];
}

export interface DeliveryLogPage {
  readonly deliveries: readonly LoggedDelivery[];
  /** What to ask for `after` next; null at the end. */
  readonly next: string | null;
}

/** What is asked of the log, as it came. */
export interface DeliveryLogRequest {
  readonly after?: unknown;
  readonly size?: unknown;
  readonly state?: unknown;
  readonly from?: unknown;
  readonly to?: unknown;
}

export const LOG_SIZE = { default: 50, most: 100 };
export const loggedStates = [
  'delivered',
  'withheld',
  'failed',
  'deferred',
  'gone',
  'undecided',
  'expired',
] as const;

/** What has become of a subscription's deliveries, for whoever made it and for administrators. */
export class DeliveryLog {
  readonly #options: DeliveryLogOptions;

  constructor(options: DeliveryLogOptions) {
    this.#options = options;
  }

  /**
   * Rows of the log, the newest first. A page may hold fewer than asked for, or none, and still have a `next`: it ends
   * with 10,000 rows looked at.
   *
   * @throws Failure `not-found`, `not-authorised`, `request-invalid`
   */
  async list(caller: Consumer, id: number, request: DeliveryLogRequest): Promise<DeliveryLogPage> {
    const { database, subscriptions } = this.#options;
    await subscriptions.see(caller, id);
    const asked = {
      after: request.after === undefined ? null : readPlace(request.after),
      state: readState(request.state),
      from: readTime('from', request.from),
      to: readTime('to', request.to),
      most: readSize(request.size, LOG_SIZE),
    };
    const { rows, next } = await store.readDeliveryLog(database, id, asked);
    return { deliveries: rows.map((row) => toLogged(id, row)), next: next && formatPlace(next) };
  }
}

function toLogged(id: number, row: store.DeliveryLogRow): LoggedDelivery {
  const { at, state, attempt, status, cause, milliseconds, count } = row;
  const deliveries = row.positions.map((position) => deliveryOf(id, Number(position)));
  return { ...{ at, state, attempt, status, cause, milliseconds, count }, deliveries };
}

const PLACE = /^(\S+) (\(\d{1,10},\d{1,5}\))$/;

function formatPlace({ at, place }: Pick<store.DeliveryLogRow, 'at' | 'place'>): string {
  return Buffer.from(`${at} ${place}`).toString('base64url');
}

function readPlace(text: unknown): NonNullable<store.DeliveryLogAsked['after']> {
  const [, at = '', place = ''] = PLACE.exec(Buffer.from(String(text), 'base64url').toString()) ?? [];
  const [block = 0, offset = 0] = place.slice(1, -1).split(',').map(Number);
  const isPlace = isWireTime(at) && block < 2 ** 32 && offset < 2 ** 16;
  return isPlace ? { at: toUtcTime(at) ?? refuse('after', NO_NEXT), place } : refuse('after', NO_NEXT);
}

const NO_NEXT = 'must be the next of a page, letter by letter';

function readState(state: unknown): string | null {
  if (state === undefined) return null;
  return (
    loggedStates.find((one) => one === state) ?? refuse('state', `must be one of ${loggedStates.join(', ')}`)
  );
}

function readTime(field: string, time: unknown): string | null {
  if (time === undefined) return null;
  const utc = typeof time === 'string' ? toUtcTime(time) : undefined;
  return utc ?? refuse(field, 'must be a date-time with an offset');
}

function refuse(field: string, fault: string): never {
  throw new Failure('request-invalid', { fields: { [field]: [fault] } });
}
