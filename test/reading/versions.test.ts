import { expect, test } from 'vitest';
import { type Database, sql } from '../../src/db/database.ts';
import { openTestDatabase } from '../support/database.ts';
import { draft, openWriter, page, publish } from '../support/log.ts';
import { until } from '../support/until.ts';

const BUMP = sql('test.bump', `SELECT bump_version('access') AS version`);

/** Takes a right away, then appends an event that says at which version that was, and so on. */
async function revokeAndPublish(database: Database, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const [row] = await database.query<{ version: string }>(BUMP);
    await publish(database, draft({ bytes: row!.version }));
  }
}

test('no page carries versions that are older than what its rows were appended after', async () => {
  await using db = await openTestDatabase();
  await using session = await db.database.session('reader');
  const written = new AbortController();
  const writers = Promise.all([1, 2, 3].map(() => revokeAndPublish(db.database, 150))).finally(() =>
    written.abort(),
  );
  const newest: { row: number; page: number }[] = [];
  for (let cursor = 0, isOver = false; !isOver; ) {
    // Asked before the page is: after the last write one more page is read.
    const hasEnded = written.signal.aborted;
    const found = await page(session, cursor, { budget: { rows: 5 } });
    const versions = found.rows.map((row) => Number(row.bytes));
    if (versions.length > 0) newest.push({ row: Math.max(...versions), page: found.accessVersion });
    cursor = found.next;
    isOver = hasEnded && !found.more;
  }
  await writers;
  expect(newest.length).toBeGreaterThanOrEqual(90);
  expect(newest.filter((seen) => seen.page < seen.row)).toEqual([]);
  // The bound is met exactly, by the page with the last row at the latest.
  expect(newest.some((seen) => seen.page === seen.row)).toBe(true);
});

test('the versions are read after the rows: a change that commits in between is told with them', async () => {
  await using db = await openTestDatabase();
  await using writer = await openWriter(db.database);
  const [position] = await publish(db.database, draft());
  await writer.run('BEGIN');
  await writer.run('LOCK TABLE version IN ACCESS EXCLUSIVE MODE');
  const reading = page(db.database, 0);
  await until('the reader waits for the versions', async () => {
    const waiting = await writer.run(
      `SELECT FROM pg_locks WHERE relation = 'version'::regclass AND NOT granted`,
    );
    return waiting.length > 0;
  });
  await writer.run(`SELECT bump_version('access')`);
  await writer.run('COMMIT');
  const found = await reading;
  expect(found.rows.map((row) => row.position)).toEqual([position]);
  expect(found.accessVersion).toBe(1);
});
