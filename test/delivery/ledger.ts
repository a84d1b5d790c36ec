import type { ServerResponse } from 'node:http';
import { type Database, sql } from '../../src/db/database.ts';
import { pause, wallClock } from '../../src/lib/time.ts';
import { type Arrival, Receiver } from '../support/receiver.ts';
import { PROCESS_HEADER, type Published, resource } from './harness.ts';
import type { Entry, Snapshot } from './judge.ts';

/** An event that arrives at an endpoint. */
export interface Arriving {
  readonly dialog: string;
  /** How often it has arrived there. */
  readonly times: number;
  /** How many events have arrived at all endpoints. */
  readonly count: number;
  /** Milliseconds since an answer there was last put off. */
  readonly sinceSlow: number;
}

/** How an endpoint answers. */
export type Manner = (event: Arriving) => { readonly status: number; readonly afterMs?: number };

/** A receiver that keeps a ledger of everything that arrived, by the manners of its endpoints. */
export class Ledger implements AsyncDisposable {
  readonly entries: Entry[] = [];
  readonly #receiver: Receiver;
  readonly #manners: Readonly<Record<string, Manner>>;
  readonly #taken = new Set<string>();
  readonly #times = new Map<string, number>();
  readonly #slowAt = new Map<string, number>();

  constructor(receiver: Receiver, manners: Readonly<Record<string, Manner>>) {
    this.#receiver = receiver;
    this.#manners = manners;
    receiver.answer((arrival) => (response) => this.#take(arrival, response));
  }

  /** @param manners by path */
  static async open(manners: Readonly<Record<string, Manner>>): Promise<Ledger> {
    return new Ledger(await Receiver.open(), manners);
  }

  url(path: string): string {
    return this.#receiver.url(path);
  }

  /** Whether the receiver has taken the event. */
  hasTaken(subscription: number, { id }: Published): boolean {
    return this.#taken.has(`${subscription} ${id}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#receiver[Symbol.asyncDispose]();
  }

  async #take(arrival: Arrival, response: ServerResponse): Promise<void> {
    const { path, headers, body: bytes } = arrival;
    const { id, resourceinstance: dialog } = JSON.parse(bytes) as { id: string; resourceinstance: string };
    const entry: Entry = {
      ...{ id, at: wallClock(), headers, bytes, status: undefined, answeredAt: Number.POSITIVE_INFINITY },
      subscription: Number(headers['budstikka-subscription']),
      process: Number(headers[PROCESS_HEADER]),
    };
    this.entries.push(entry);
    const times = (this.#times.get(`${path} ${id}`) ?? 0) + 1;
    this.#times.set(`${path} ${id}`, times);
    const sinceSlow = entry.at - (this.#slowAt.get(path) ?? 0);
    const manner = this.#manners[path]!({ dialog, times, count: this.entries.length, sinceSlow });
    if (manner.afterMs) {
      this.#slowAt.set(path, entry.at);
      await pause(manner.afterMs);
    }
    entry.status = manner.status;
    entry.answeredAt = wallClock();
    if (manner.status < 300) this.#taken.add(`${entry.subscription} ${id}`);
    response.writeHead(manner.status).end();
  }
}

const POSITIONS = sql(
  'test.positions',
  `SELECT s.id, coalesce(o.position, l.cursor)::float8 AS position FROM subscription s JOIN lane l ON l.lane = s.lane
     LEFT JOIN own_position o ON o.subscription = s.id`,
);
const OUTCOMES = sql(
  'test.outcomes',
  'SELECT subscription, unnest(positions)::float8 AS position FROM outcome',
);
const PARKED = sql(
  'test.parked',
  'SELECT subscription, order_key, head::float8 AS position FROM parked_dialog',
);
const DEAD = sql('test.dead', 'SELECT subscription, position::float8 AS position FROM dead_letter');

interface Row {
  readonly id: number;
  readonly subscription: number;
  readonly order_key: string;
  readonly position: number;
}

/** Reads what the database knows of every subscription. */
export async function takeSnapshot(database: Database): Promise<Snapshot> {
  const positions = new Map((await database.query<Row>(POSITIONS)).map((row) => [row.id, row.position]));
  const outcomes = new Set(
    (await database.query<Row>(OUTCOMES)).map((row) => `${row.subscription} ${row.position}`),
  );
  const parked = new Map(
    (await database.query<Row>(PARKED)).map((row) => [`${row.subscription} ${row.order_key}`, row.position]),
  );
  return {
    isSettled: (subscription, { position, dialog }) => {
      if (outcomes.has(`${subscription} ${position}`)) return true;
      const head = parked.get(`${subscription} ${resource} ${dialog}`);
      return head === undefined ? position <= (positions.get(subscription) ?? 0) : position < head;
    },
  };
}

/** Dead letters, as `subscription position`. */
export async function deadLetters(database: Database): Promise<Set<string>> {
  return new Set((await database.query<Row>(DEAD)).map((row) => `${row.subscription} ${row.position}`));
}
