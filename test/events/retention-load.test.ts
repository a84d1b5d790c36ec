import { expect, test } from 'vitest';
import { type Database, sql } from '../../src/db/database.ts';
import { keepHouse } from '../../src/events/housekeeping.ts';
import { readEnd } from '../../src/reading/queries.ts';
import { openLog } from '../../src/lib/log.ts';
import { pause } from '../../src/lib/time.ts';
import { openDatabase, openTestDatabase } from '../support/database.ts';
import { draft, openWriter, page, publish } from '../support/log.ts';
import { until } from '../support/until.ts';

/** What happens until it is stopped, again and again; what it throws fails the stop. */
function again(work: () => Promise<unknown>): { stop(): Promise<void> } {
  const ended = new AbortController();
  const running = (async () => {
    while (!ended.signal.aborted) await work();
  })();
  running.catch(() => undefined);
  return {
    stop: async () => {
      ended.abort();
      await running;
    },
  };
}

const housekeeping = (database: Database) => ({
  ...{ database, retentionDays: 30, log: openLog({ level: 'silent' }), graceMs: 0 },
});

/** Ends the partition that is written and makes it look old, then keeps house: announces it, and drops the one before. */
async function passPartition(database: Database, number: number): Promise<void> {
  await database.query(sql('', `SELECT cut_log(${number})`));
  await database.query(sql('', `UPDATE event_p${number} SET appended_at = '2020-01-01'`));
  await keepHouse(housekeeping(database), new AbortController().signal);
}

test('no writer ever waits a tenth of a second for a lock, and no reader misses an event', async () => {
  await using db = await openTestDatabase();
  // Whoever waits longer is told so by PostgreSQL, and this test fails.
  await db.database.query(
    sql('', `ALTER DATABASE ${new URL(db.url).pathname.slice(1)} SET lock_timeout = '100ms'`),
  );
  await using database = openDatabase(db.url);
  const written: number[] = [];
  const read: number[] = [];
  let cursor = 0;
  const follow = async () => {
    const { rows, next } = await page(database, cursor);
    read.push(...rows.map(({ position }) => position));
    cursor = next;
  };
  const writers = [1, 2, 3].map(() => again(async () => written.push(...(await publish(database, draft())))));
  const reader = again(follow);
  await using foreign = await openWriter(database);
  const stranger = again(async () => {
    await foreign.run('BEGIN');
    await foreign.run('SELECT count(*) FROM event');
    await pause(150);
    await foreign.run('COMMIT');
  });

  for (let number = 0; number < 6; number++) {
    const so = written.length;
    await until('more is written and read', () => written.length > so + 50 && read.length > so);
    await passPartition(database, number);
  }
  for (const each of [...writers, stranger]) await each.stop();
  const end = await readEnd(database);
  await until('the reader has read all', () => cursor === end);
  await reader.stop();
  // What was left for the next round because somebody was in the way: announced in one, dropped in the one after.
  for (let round = 0; round < 2; round++)
    await keepHouse(housekeeping(database), new AbortController().signal);

  const left = await database.query<{ name: string }>(
    sql(
      '',
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname ~ '^event_p[0-9]+$' ORDER BY 1`,
    ),
  );
  expect(left[0]?.name).toBe('event_p6');
  expect(read).toEqual(written.toSorted((one, other) => one - other));
});
