import { expect, test } from 'vitest';
import { readEnd } from '../../src/reading/queries.ts';
import { openDatabase } from '../support/database.ts';
import { draft, openWriter, page, positionsAfter, publish } from '../support/log.ts';
import { openTestServer, type TestServer } from '../support/server.ts';

/** PostgreSQL writes a sequence ahead, so many numbers at a time (SEQ_LOG_VALS). */
const STEP = 32;

interface Crash {
  /** Where a reader stood just before, and the highest number that had been drawn. */
  readonly cursor: number;
  readonly drawn: number;
  /** Where the sequence stood when the server was back. */
  readonly head: number;
}

/** Draws more numbers than one step of the sequence, rolls them back, lets a reader read, and kills the server. */
async function crashAfterRollback(server: TestServer): Promise<Crash> {
  let before: Pick<Crash, 'cursor' | 'drawn'>;
  {
    await using database = openDatabase(server.url);
    await using writer = await openWriter(database);
    await publish(database, draft());
    await writer.run('BEGIN');
    const undone = await writer.append(...Array.from({ length: 2 * STEP }, () => draft()));
    await writer.run('ROLLBACK');
    before = { cursor: (await page(database, 0)).next, drawn: undone.at(-1)! };
    await server.kill();
  }
  await server.start();
  await using database = openDatabase(server.url);
  await using writer = await openWriter(database);
  const [sequence] = await writer.run<{ last_value: string }>('SELECT last_value FROM event_position');
  return { ...before, head: Number(sequence!.last_value) };
}

test('after a crash the sequence may step back over rolled-back numbers, and no cursor has passed them', async () => {
  // Nothing flushes in the background, so that what the rollback left unflushed is lost in the crash.
  await using server = await openTestServer({ wal_writer_delay: '10s', autovacuum: 'off' });
  let crash = await crashAfterRollback(server);
  // The writer of the WAL may have come by in just that moment.
  for (let more = 4; more > 0 && crash.head >= crash.drawn; more--) crash = await crashAfterRollback(server);
  expect(crash.head).toBeLessThan(crash.drawn);
  expect(crash.head).toBeGreaterThanOrEqual(crash.cursor);

  await using database = openDatabase(server.url);
  const [again] = await publish(database, draft());
  // The number is given a second time: a cursor on the horizon would stand beyond this event.
  expect(again).toBeLessThanOrEqual(crash.drawn);
  expect(await positionsAfter(database, crash.cursor)).toEqual([again]);
});

test('a number that a committed row has is never drawn again, however the server ends', async () => {
  await using server = await openTestServer({ wal_writer_delay: '10s', autovacuum: 'off' });
  const given: number[] = [];
  for (let round = 0; round < 2; round++) {
    {
      await using database = openDatabase(server.url);
      for (let event = 0; event < STEP + 1; event++) given.push(...(await publish(database, draft())));
      expect(await readEnd(database)).toBe(given.at(-1));
      await server.kill();
    }
    await server.start();
  }
  await using database = openDatabase(server.url);
  given.push(...(await publish(database, draft())));
  expect(await positionsAfter(database, 0)).toEqual(given);
  expect(given).toEqual([...new Set(given)].toSorted((a, b) => a - b));
});
