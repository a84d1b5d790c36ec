import { type Database, sql } from '../../src/db/database.ts';
import { type Percentiles, percentiles } from './percentiles.ts';
import type { Reader } from './readers.ts';
import type { ResultRow } from './results.ts';
import { measureWriteCost, PAIRS } from './write-cost.ts';
import type { Commits } from './writers.ts';

/** Milliseconds that no row may wait: foreign transactions take 3,000 and longer, and delay nobody. */
const LONGEST_WAIT = 1000;

/** Something worth knowing that nothing depends on. */
export function plain(name: string, value: number, unit: string): ResultRow {
  return { name, bar: null, value, unit, holds: null };
}

function none(name: string, value: number): ResultRow {
  return { name, bar: '0', value, unit: 'rows', holds: value === 0 };
}

/** What the readers have read against what stands in the log. */
export async function faultRows(database: Database, readers: readonly Reader[]): Promise<ResultRow[]> {
  const rows: ResultRow[] = [];
  for (const reader of readers) {
    const share = await database.query<{ position: string }>(
      sql('', `SELECT e.position FROM event e WHERE ${reader.share}`),
    );
    rows.push(
      plain(`${reader.name}: rows in its share`, share.length, 'rows'),
      none(`${reader.name}: missed`, share.filter((row) => !reader.read.has(Number(row.position))).length),
      none(`${reader.name}: out of order within a dialog`, reader.outOfOrder),
      none(`${reader.name}: duplicated`, reader.duplicated),
    );
  }
  return rows;
}

/** From the commit's return to the row's reading; a row that was read before its writer heard of the commit counts 0. */
export function latenciesOf(readers: readonly Reader[], commits: Commits): Map<string, Percentiles> {
  return new Map(
    readers.map((reader) => {
      const waits = [...reader.read].map(([position, at]) => Math.max(0, at - (commits.get(position) ?? at)));
      return [reader.name, percentiles(waits)];
    }),
  );
}

export function latencyRows(latencies: ReadonlyMap<string, Percentiles>): ResultRow[] {
  return [...latencies].flatMap(([reader, ranks]) =>
    Object.entries(ranks).map(([rank, value]): ResultRow => {
      const name = `${reader}: commit returned to read, ${rank}`;
      if (rank !== 'max') return plain(name, value, 'ms');
      return { name, bar: `at most ${LONGEST_WAIT}`, value, unit: 'ms', holds: value <= LONGEST_WAIT };
    }),
  );
}

/** What a write pays for its look at the sequence and its lock. */
export async function costRows(database: Database, seed: number): Promise<ResultRow[]> {
  const { ratio, milliseconds, walBytes } = await measureWriteCost(database, seed);
  return [
    plain(`a write against one without look and lock, median of ${PAIRS} pairs`, ratio.median, '×'),
    plain('the same, lower end of the 95 % interval', ratio.low, '×'),
    plain('the same, upper end of the 95 % interval', ratio.high, '×'),
    plain('a write, eight writers at once', milliseconds.with, 'ms'),
    plain('a write without look and lock, eight writers at once', milliseconds.without, 'ms'),
    plain('WAL of a write', walBytes.with, 'bytes'),
    plain('WAL of a write without look and lock', walBytes.without, 'bytes'),
  ];
}
