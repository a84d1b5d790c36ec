import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { formatCursor } from '../../src/events/cursor.ts';
import { CursorExpired, Epochs, openEpochs } from '../../src/reading/epochs.ts';
import { openDatabase, openTestDatabase } from '../support/database.ts';
import { draft, positionsAfter, publish } from '../support/log.ts';
import { openTestServer, type TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const WIDTH = 2 ** 32;
const key = randomBytes(32);
const keys = () => [key];
const starts = [
  { epoch: 'aaaaaaaa', first: 0 },
  { epoch: 'bbbbbbbb', first: WIDTH },
  { epoch: 'cccccccc', first: 2 * WIDTH },
];
const epochs = new Epochs({ current: 'cccccccc', starts }, keys);

function cursor(epoch: string, position: number): string {
  return formatCursor({ epoch, position }, key);
}

/** What reading on from the cursor comes to: a position, or where to go instead. */
function outcome(text: string): number | undefined | { resume: string | undefined } {
  try {
    return epochs.position(text);
  } catch (thrown) {
    if (thrown instanceof CursorExpired) return { resume: thrown.resume };
    throw thrown;
  }
}

test('a cursor of the present epoch comes back as its position', () => {
  expect(epochs.position(epochs.format(2 * WIDTH + 7))).toBe(2 * WIDTH + 7);
});

test('a cursor of an older epoch is good up to that epoch’s end', () => {
  expect(outcome(cursor('aaaaaaaa', 17))).toBe(17);
  expect(outcome(cursor('aaaaaaaa', WIDTH))).toBe(WIDTH);
  expect(outcome(cursor('bbbbbbbb', WIDTH + 5))).toBe(WIDTH + 5);
});

test('beyond that end it leads back to it: some is repeated, nothing lost', () => {
  expect(outcome(cursor('aaaaaaaa', WIDTH + 1))).toEqual({ resume: epochs.format(WIDTH) });
  expect(outcome(cursor('bbbbbbbb', 3 * WIDTH))).toEqual({ resume: epochs.format(2 * WIDTH) });
});

test('a cursor of an epoch that nobody knows leads nowhere', () => {
  expect(outcome(cursor('dddddddd', 17))).toEqual({ resume: undefined });
});

test('what is no cursor of ours is no position', () => {
  expect(outcome('0')).toBeUndefined();
  expect(outcome(formatCursor({ epoch: 'cccccccc', position: 7 }, randomBytes(32)))).toBeUndefined();
});

test('databases of one cluster share the epoch, another cluster has its own', async () => {
  await using db = await openTestDatabase();
  await using server = await openTestServer();
  await using elsewhere = openDatabase(server.url);
  const here = await openEpochs(db.database, keys);
  const again = await openEpochs(db.database, keys);
  const there = await openEpochs(elsewhere, keys);
  expect(again.position(here.format(9))).toBe(9);
  expect(() => there.position(here.format(9))).toThrow(CursorExpired);
});

/** What a failover comes to: everybody is cut off, and the server that answers then serves a timeline of its own. */
async function failOver(server: TestServer, whileStandby: () => Promise<void>): Promise<void> {
  await using before = openDatabase(server.url);
  const [folder] = await before.query<{ path: string }>(
    sql('', `SELECT current_setting('data_directory') AS path`),
  );
  await writeFile(`${folder!.path}/standby.signal`, '');
  await server.stop();
  await server.start();
  await whileStandby();
  await using promoted = openDatabase(server.url);
  await promoted.query(sql('', 'SELECT pg_promote()'));
}

test('after a failover a process that lives on gives positions under the new epoch, and refuses a standby', async () => {
  await using server = await openTestServer();
  await using database = openDatabase(server.url);
  const here = await openEpochs(database, keys);
  const [last] = await publish(database, draft());
  const old = here.format(last!);
  await failOver(server, async () => {
    await expect(positionsAfter(database, 0)).rejects.toThrow('database cannot be reached');
  });
  const first = await until('it is written again', () => publish(database, draft()));
  expect(first).toEqual([WIDTH + 1]);
  expect(here.position(old)).toBe(last);
  expect(here.format(first[0]!)).not.toContain(old.split('.')[1]);
  expect(await positionsAfter(database, here.position(old)!)).toEqual(first);
});
