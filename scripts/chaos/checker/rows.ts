import { createHash } from 'node:crypto';
import pg from 'pg';
import { digestible } from '../request-text.ts';

/** An event as it stands in the log. */
export interface LogEvent {
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly resource: string;
  readonly instance: string;
  readonly subject: string | null;
  /** SHA-256 of its bytes. */
  readonly digest: string;
  /** SHA-256 of what it says, whatever the mode. */
  readonly sense: string;
  /** Epoch milliseconds, a moment before its commit. */
  readonly at: number;
}

/** What the next owner of a lane took over about one subscription. */
export interface Takeover {
  readonly at: number;
  readonly subscription: number;
  readonly position: number;
  readonly settled: ReadonlySet<number>;
  /** Position of the head by order key. */
  readonly parked: Readonly<Record<string, number>>;
}

/** What the database holds since the round began. */
export interface Rows {
  /** In the order of the log. */
  readonly events: readonly LogEvent[];
  readonly takeovers: readonly Takeover[];
  readonly breaches: readonly string[];
  /** Dead letters, as `subscription position`, with the attempts that they claim. */
  readonly letters: ReadonlyMap<string, number>;
  /** Withheld deliveries, as `subscription position`, and when. */
  readonly withheld: ReadonlyMap<string, number>;
  /** Deliveries of which an attempt was given up because no answer came in time, as `subscription position`. */
  readonly timedOut: ReadonlySet<string>;
}

const EVENTS = `SELECT position::float8, id, type, resource, resource_instance AS instance, subject, bytes,
  extract(epoch FROM appended_at)::float8 * 1000 AS at FROM event WHERE position > $1 ORDER BY position`;
const TAKEOVERS = `SELECT at, subscription, position::float8, settled::float8[], parked FROM chaos.takeover ORDER BY at`;
const BREACHES = 'SELECT what FROM chaos.breach ORDER BY at';
const LETTERS = 'SELECT subscription, position::float8, attempts FROM dead_letter WHERE position > $1';
const WITHHELD = `SELECT subscription, unnest(positions)::float8 AS position, extract(epoch FROM at)::float8 * 1000 AS at
  FROM delivery_log WHERE state = 'withheld'`;
const TIMED_OUT = `SELECT subscription, unnest(positions)::float8 AS position FROM delivery_log WHERE cause ~ '^(in a batch of \\d+: )?timeout'`;

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export async function readRows(url: string, from: number): Promise<Rows> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const rows = async <Row extends object>(text: string, values: readonly unknown[] = []) =>
    (await client.query<Row>(text, [...values])).rows;
  try {
    const events = await rows<Omit<LogEvent, 'digest' | 'sense'> & { readonly bytes: string }>(EVENTS, [
      from,
    ]);
    const takeovers = await rows<Omit<Takeover, 'settled'> & { readonly settled: number[] }>(TAKEOVERS);
    const letters = await rows<{ subscription: number; position: number; attempts: number }>(LETTERS, [from]);
    const withheld = await rows<{ subscription: number; position: number; at: number }>(WITHHELD);
    const timedOut = await rows<{ subscription: number; position: number }>(TIMED_OUT);
    return {
      events: events.map(({ bytes, ...event }) => ({
        ...event,
        digest: hashOf(bytes),
        sense: hashOf(digestible(JSON.parse(bytes) as Record<string, unknown>)),
      })),
      takeovers: takeovers.map((row) => ({ ...row, settled: new Set(row.settled) })),
      breaches: (await rows<{ what: string }>(BREACHES)).map(({ what }) => what),
      letters: new Map(letters.map((row) => [`${row.subscription} ${row.position}`, row.attempts])),
      withheld: new Map(withheld.map((row) => [`${row.subscription} ${row.position}`, row.at])),
      timedOut: new Set(timedOut.map((row) => `${row.subscription} ${row.position}`)),
    };
  } finally {
    await client.end();
  }
}
