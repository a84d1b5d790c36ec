import { expect, test } from 'vitest';
import { type Queries, type Statement, sql } from '../../src/db/database.ts';
import { interestsOfLanes } from '../../src/subscriptions/lane-queries.ts';
import type { Interest } from '../../src/subscriptions/matching.ts';
import { openTestDatabase } from '../support/database.ts';

const COUNT = 5000;
const PAGE = 200;
const lanes = (length: number) => Array.from({ length }, (_, lane) => lane);
const FILL = sql(
  'test.subscriptions',
  `INSERT INTO subscription (endpoint, resource_filter, consumer, created_by, identity, validated, start_position,
                             fingerprint, version)
   SELECT 'https://receiver.example/', 'urn:altinn:resource:test', '/org/x', '/org/x', '{"orgNumber": "991825827"}',
          true, 0, sha256(n::text::bytea), 1 FROM generate_series($1::integer, $2::integer) n`,
);
const PAUSE = sql('test.pause', `UPDATE subscription SET state = 'paused' WHERE id % 10 = 0`);
const GAP = sql('test.gap', `SELECT setval(pg_get_serial_sequence('subscription', 'id'), 1000000)`);
const ACTIVE = sql(
  'test.active',
  `SELECT id, lane FROM subscription WHERE state = 'active' AND lane = ANY ($1::smallint[]) ORDER BY id`,
);

interface Plan {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

/** Rows of the table that a plan looked at. */
function lookedAt(plan: Plan): number {
  const { 'Actual Rows': rows, 'Actual Loops': loops, 'Rows Removed by Filter': removed = 0 } = plan;
  const own = plan['Relation Name'] === 'subscription' ? (rows + removed) * loops : 0;
  return (plan.Plans ?? []).reduce((total, part) => total + lookedAt(part), own);
}

test.each([
  ['lane by lane', 40],
  ['as they lie in the table', 256],
])(
  'interests are read whole, %s, and a page costs no more at the end, whatever is known about the table',
  async (_, count) => {
    await using db = await openTestDatabase();
    await db.database.query(FILL, [1, COUNT / 2]);
    await db.database.query(GAP);
    await db.database.query(FILL, [COUNT / 2 + 1, COUNT]);
    await db.database.query(PAUSE);
    const asked: { statement: Statement; values: readonly unknown[] }[] = [];
    const queries: Queries = {
      query: (statement, values = []) => {
        asked.push({ statement, values });
        return db.database.query(statement, values);
      },
    };
    const read: Interest[] = [];
    for await (const page of interestsOfLanes(queries, lanes(count), PAGE)) read.push(...page);
    const active = await db.database.query<{ id: number; lane: number }>(ACTIVE, [lanes(count)]);
    const found = read.map(({ id, lane }) => ({ id, lane })).toSorted((one, other) => one.id - other.id);
    expect(found).toEqual(active);
    for (const { statement, values } of [asked[0]!, asked.at(-2)!]) {
      const explain = sql('', `EXPLAIN (ANALYZE, FORMAT JSON) ${statement.text}`);
      const [row] = await db.database.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(explain, values);
      expect(lookedAt(row!['QUERY PLAN'][0].Plan)).toBeLessThan(2 * PAGE);
    }
  },
);
