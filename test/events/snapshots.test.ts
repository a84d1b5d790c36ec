import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { draft, openWriter, publish, type Writer } from '../support/log.ts';
import { until } from '../support/until.ts';

/**
 * One race for every way to read: a reader has begun its statement when the event that was drawn first commits. A way
 * that computes the horizon after that, and looks at rows with the snapshot from before, passes that event for good.
 */
let db: TestDatabase;
let writer: Writer;
let reader: Writer;
let gate: Writer;

/** A call that returns 0, and only when the gate is open: between the statement's snapshot and what comes after it. */
const GATE = `CREATE FUNCTION wait_at_gate() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7, 7);
  RETURN 0;
END $$`;

beforeEach(async () => {
  db = await openTestDatabase();
  [writer, reader, gate] = [
    await openWriter(db.database),
    await openWriter(db.database),
    await openWriter(db.database),
  ];
  await gate.run(GATE);
});
afterEach(async () => {
  for (const each of [writer, reader, gate]) await each[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

/** Event 1 is drawn, event 2 drawn and committed, the statement begins, event 1 commits, the statement goes on. */
async function race(statement: (after: number) => string): Promise<number[]> {
  const read = async (after: number) => {
    const rows = await reader.run<{ position: string }>(statement(after));
    return rows.map((row) => Number(row.position));
  };
  await writer.run('BEGIN');
  await writer.append(draft());
  await publish(db.database, draft());
  await gate.run('SELECT pg_advisory_lock(7, 7)');
  const reading = read(0);
  await until('the reader stands at the gate', async () => {
    const waiting = await gate.run(`SELECT FROM pg_locks WHERE classid = 7 AND objid = 7 AND NOT granted`);
    return waiting.length > 0;
  });
  await writer.run('COMMIT');
  await gate.run('SELECT pg_advisory_unlock(7, 7)');
  const first = await reading;
  return [...first, ...(await read(first.at(-1) ?? 0))];
}

function byFunction(after: number): string {
  return `SELECT r.position FROM wait_at_gate() AS gate (zero),
    LATERAL read_log(${after} + gate.zero, 100, 100, 100000, NULL, NULL, NULL, NULL) AS r WHERE r.id IS NOT NULL`;
}

test('read_log sees a row that commits after the caller has taken its snapshot', async () => {
  expect(await race(byFunction)).toEqual([1, 2]);
});

test('marked STABLE, the same functions lose that row', async () => {
  await gate.run('ALTER FUNCTION log_rows STABLE');
  await gate.run('ALTER FUNCTION read_log STABLE');
  expect(await race(byFunction)).toEqual([2]);
});

test('horizon and rows in one statement lose that row', async () => {
  const inOne = (after: number) => `
    SELECT e.position
      FROM (SELECT (SELECT h.horizon FROM log_horizon() h WHERE gate.zero = 0) AS horizon
              FROM wait_at_gate() AS gate (zero)) AS known
      JOIN event e ON e.position > ${after} AND e.position <= known.horizon
     ORDER BY e.position`;
  expect(await race(inOne)).toEqual([2]);
});

test('without a horizon the row is lost too', async () => {
  const bare = (after: number) => `
    SELECT e.position FROM wait_at_gate() AS gate (zero) JOIN event e ON e.position > ${after} + gate.zero
     ORDER BY e.position`;
  expect(await race(bare)).toEqual([2]);
});

test.each(['REPEATABLE READ', 'SERIALIZABLE'])('the log is not read under %s', async (level) => {
  await reader.run(`BEGIN ISOLATION LEVEL ${level}`);
  await expect(reader.run(byFunction(0))).rejects.toMatchObject({ code: '25000' });
  await reader.run('ROLLBACK');
});
