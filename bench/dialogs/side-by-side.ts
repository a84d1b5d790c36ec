import { type Queries, type Statement, sql } from '../../src/db/database.ts';
import type { DialogsOptions } from '../../src/dialogs/options.ts';
import { monotonic } from '../../src/lib/time.ts';
import { medianInterval } from '../../scripts/stress/percentiles.ts';
import type { ResultRow } from '../../scripts/stress/results.ts';
import { FEW, MANY } from './fill.ts';

/** A store that something is read from. */
export interface Store {
  readonly dialogs: DialogsOptions;
}

export interface Comparison<Side> {
  readonly name: string;
  readonly read: (side: Side) => Promise<unknown>;
  readonly pairs: number;
  /** Times that reading among many may take of reading among few. */
  readonly most?: number;
}

/** Reads among few dialogs and among many in turn. */
export async function compare<Side extends Store>(
  { name, read, pairs: count, most }: Comparison<Side>,
  [few, many]: readonly [Side, Side],
): Promise<ResultRow[]> {
  const pairs: { few: number; many: number }[] = [];
  // As many rounds warm up: a first reading by an end user is noted, and pages come into memory.
  for (let pair = -count; pair < count; pair++) {
    const early = pair % 2 === 0 ? await timed(() => read(many)) : undefined;
    const one = await timed(() => read(few));
    const other = early ?? (await timed(() => read(many)));
    if (pair >= 0) pairs.push({ few: one, many: other });
  }
  const ratio = medianInterval(pairs.map((pair) => pair.many / pair.few));
  const row = (what: string, value: number, unit: string): ResultRow => ({
    ...{ name: `${name}: ${what}`, bar: null, value, unit, holds: null },
  });
  return [
    {
      ...row(`${MANY} against ${FEW} dialogs, median of ${count} pairs`, ratio.median, '×'),
      ...(most !== undefined && { bar: `at most ${most}`, holds: ratio.median <= most }),
    },
    row('95 % interval, low', ratio.low, '×'),
    row('95 % interval, high', ratio.high, '×'),
    row(`${FEW} dialogs`, medianInterval(pairs.map((pair) => pair.few)).median, 'ms'),
    row(`${MANY} dialogs`, medianInterval(pairs.map((pair) => pair.many)).median, 'ms'),
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = monotonic();
  await work();
  return monotonic() - began;
}

/** Tables that the statements of a reading scan from end to end, as PostgreSQL plans them. */
export async function scansOf<Side extends Store>(
  name: string,
  read: (side: Side) => Promise<unknown>,
  side: Side,
): Promise<ResultRow> {
  const scans = new Set<string>();
  const { database } = side.dialogs;
  const explained: Queries = {
    query: async <Row extends object>(statement: Statement, values: readonly unknown[] = []) => {
      const plan = await database.query<Record<'QUERY PLAN', string>>(
        sql('', `EXPLAIN ${statement.text}`),
        values,
      );
      for (const line of plan) {
        const table = /Seq Scan on (\w+)/.exec(line['QUERY PLAN'])?.[1];
        if (table !== undefined) scans.add(table);
      }
      return database.query<Row>(statement, values);
    },
  };
  const dialogs = { ...side.dialogs, database: Object.assign(Object.create(database), explained) };
  await read({ ...side, dialogs });
  return {
    name: `${name}: tables scanned from end to end`,
    ...{ bar: 'none', value: scans.size, unit: [...scans].join(' '), holds: scans.size === 0 },
  };
}
