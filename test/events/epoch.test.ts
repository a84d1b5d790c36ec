import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, sql } from '../../src/db/database.ts';
import { openDatabase, openTestDatabase, type TestDatabase } from '../support/database.ts';
import { draft, openWriter, page, positionsAfter, publish, type Writer } from '../support/log.ts';
import { openTestServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const WIDTH = 2 ** 32;

let db: TestDatabase;
let one: Writer;

beforeEach(async () => {
  db = await openTestDatabase();
  one = await openWriter(db.database);
});
afterEach(async () => {
  await one[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

async function open(epoch: string, database: Database = db.database): Promise<number> {
  const [row] = await database.query<{ first: string }>(sql('test.epoch', 'SELECT open_epoch($1) AS first'), [
    epoch,
  ]);
  return Number(row!.first);
}

test('the first epoch of an empty log begins at 0', async () => {
  expect(await open('aaaaaaaa')).toBe(0);
  expect(await publish(db.database, draft())).toEqual([1]);
});

test('an epoch that is known is opened again without any move', async () => {
  await open('aaaaaaaa');
  await publish(db.database, draft());
  expect(await open('aaaaaaaa')).toBe(0);
  expect(await publish(db.database, draft())).toEqual([2]);
});

test('another epoch begins at the next bound, and what comes after it is read on', async () => {
  await open('aaaaaaaa');
  const [last] = await publish(db.database, draft());
  expect(await open('bbbbbbbb')).toBe(WIDTH);
  expect(await publish(db.database, draft())).toEqual([WIDTH + 1]);
  expect(await positionsAfter(db.database, last!)).toEqual([WIDTH + 1]);
  expect(await open('cccccccc')).toBe(2 * WIDTH);
  expect(await open('aaaaaaaa')).toBe(0);
});

test('another epoch of a log that is still empty begins at a bound of its own', async () => {
  await open('aaaaaaaa');
  expect(await open('bbbbbbbb')).toBe(WIDTH);
});

test('processes that open an epoch at once open it once', async () => {
  await open('aaaaaaaa');
  const opened = await Promise.all(Array.from({ length: 5 }, () => open('bbbbbbbb')));
  expect(new Set(opened)).toEqual(new Set([WIDTH]));
  expect(await open('cccccccc')).toBe(2 * WIDTH);
});

test('tables copied within a cluster keep their epoch, and their positions are not given again', async () => {
  await open('aaaaaaaa');
  await one.run(`INSERT INTO event (position, audience, owner, type, resource, source, id, bytes)
    VALUES (100, 'all', '991825827', 'a.type', 'a:resource', 'a:source', 'an-id', '{}')`);
  expect(await open('aaaaaaaa')).toBe(0);
  expect(await publish(db.database, draft())).toEqual([WIDTH + 1]);
  expect(await open('aaaaaaaa')).toBe(0);
  expect(await publish(db.database, draft())).toEqual([WIDTH + 2]);
  expect(await positionsAfter(db.database, 0)).toEqual([100, WIDTH + 1, WIDTH + 2]);
});

const WAITING = `SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
  WHERE d.datname = current_database() AND l.relation = 'event'::regclass AND NOT l.granted`;

test('an epoch that is known is opened while others append, without any move', async () => {
  await open('aaaaaaaa');
  await one.run('BEGIN');
  await one.run('LOCK TABLE event IN ACCESS EXCLUSIVE MODE');
  const opening = open('aaaaaaaa');
  await until('it waits to look what has been appended', async () => (await one.run(WAITING)).length > 0);
  await one.append(draft());
  await one.run('COMMIT');
  expect(await opening).toBe(0);
  expect(await publish(db.database, draft())).toEqual([2]);
});

/** Copies a table between two servers through a file of the first one. */
async function copyTable(table: string, from: Writer, to: Writer): Promise<void> {
  const [folder] = await from.run<{ data_directory: string }>('SHOW data_directory');
  const file = `${folder!.data_directory}/${table}.copy`;
  await from.run(`COPY (SELECT * FROM ${table}) TO '${file}'`);
  await to.run(`COPY ${table} FROM '${file}'`);
}

test('tables copied into a new cluster are read on and appended to under a new epoch', async () => {
  await using server = await openTestServer();
  await using source = openDatabase(server.url);
  await using out = await openWriter(source);
  await open('aaaaaaaa', source);
  await publish(source, draft(), draft());
  await out.run('SELECT cut_log(0)');
  await out.run('SELECT cut_log(1)');
  await out.run('SELECT cut_log(2)');
  const kept = await publish(source, draft(), draft());
  const cursor = (await page(source, 0)).rows[1]!.position;

  // Neither the transaction ids nor the sequence of the old cluster come along.
  await one.run('SELECT ensure_partitions(3)');
  for (const table of ['event', 'epoch']) await copyTable(table, out, one);
  expect(await open('bbbbbbbb')).toBe(4 * WIDTH);

  await using late = await openWriter(db.database);
  await late.run('BEGIN');
  const first = await late.append(draft());
  const second = await publish(db.database, draft());
  expect(await positionsAfter(db.database, cursor)).toEqual(kept);
  await late.run('COMMIT');
  expect(await positionsAfter(db.database, cursor)).toEqual([...kept, ...first, ...second]);
  expect(first).toEqual([4 * WIDTH + 1]);
});
