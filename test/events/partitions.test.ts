import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { draft, openWriter, page, positionsAfter, publish, type Writer } from '../support/log.ts';

const WIDTH = 2 ** 32;

let db: TestDatabase;
let one: Writer;
let other: Writer;

beforeEach(async () => {
  db = await openTestDatabase();
  one = await openWriter(db.database);
  other = await openWriter(db.database);
});
afterEach(async () => {
  await one[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

async function partitions(): Promise<string[]> {
  const rows = await one.run<{ name: string }>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'event'::regclass ORDER BY 1`,
  );
  return rows.map((row) => row.name);
}

async function head(): Promise<number> {
  const [sequence] = await one.run<{ last_value: string }>('SELECT last_value FROM event_position');
  return Number(sequence!.last_value);
}

async function cut(from: number, writer = one): Promise<number> {
  const [row] = await writer.run<{ bound: string }>(`SELECT cut_log(${from}) AS bound`);
  return Number(row!.bound);
}

test('a new database has its partition and two empty ones ahead, and no default partition', async () => {
  expect(await partitions()).toEqual(['event_p0', 'event_p1', 'event_p2']);
});

test('making sure of partitions again makes none', async () => {
  for (let time = 0; time < 2; time++) await one.run('SELECT ensure_partitions(4)');
  expect(await partitions()).toEqual(['event_p0', 'event_p1', 'event_p2', 'event_p3', 'event_p4']);
});

test('processes that make sure of partitions at once make each of them once', async () => {
  const writers = await Promise.all(Array.from({ length: 6 }, () => openWriter(db.database)));
  // Each has looked before, so that what it knows of the catalogue may be out of date.
  await Promise.all(
    writers.map((writer) => writer.run(`SELECT to_regclass('event_p5'), to_regclass('event_p6')`)),
  );
  await Promise.all(
    writers.map((writer, index) => writer.run(`SELECT ensure_partitions(${5 + (index % 2)})`)),
  );
  expect(await partitions()).toHaveLength(7);
  for (const writer of writers) await writer[Symbol.asyncDispose]();
});

test('a partition is attached while the log is written and read, and waits for neither', async () => {
  await one.run('BEGIN');
  await one.append(draft());
  await one.run('SELECT count(*) FROM event');
  await other.run(`SET lock_timeout = '1s'`);
  await other.run('SELECT ensure_partitions(3)');
  await one.run('COMMIT');
  expect(await partitions()).toContain('event_p3');
});

test('an attached partition has every index of the log', async () => {
  await one.run('SELECT ensure_partitions(3)');
  const indexes = (partition: string) =>
    one.run<{ indexdef: string }>(
      `SELECT replace(indexdef, tablename, 'p') AS indexdef FROM pg_indexes WHERE tablename = '${partition}' ORDER BY 1`,
    );
  const made = await indexes('event_p3');
  expect(made).toHaveLength(5);
  expect(made).toEqual(await indexes('event_p0'));
});

test('the first event after a cut is found from the last one before it', async () => {
  const [last] = await publish(db.database, draft());
  expect(await cut(0)).toBe(WIDTH);
  expect(await page(db.database, last!)).toMatchObject({ rows: [], next: last, undecided: false });
  expect(await publish(db.database, draft())).toEqual([WIDTH + 1]);
  expect(await positionsAfter(db.database, last!)).toEqual([WIDTH + 1]);
});

test('the first event of the log may come after a cut', async () => {
  await cut(0);
  await one.run('BEGIN');
  await one.append(draft());
  await publish(db.database, draft());
  expect(await page(db.database, 0)).toMatchObject({ rows: [], next: 0, undecided: true });
  await one.run('COMMIT');
  expect(await positionsAfter(db.database, 0)).toEqual([WIDTH + 1, WIDTH + 2]);
});

test('an append that was open across a cut is neither lost nor passed, on either side of it', async () => {
  await one.run('BEGIN');
  const [before] = await one.append(draft());
  await cut(0, other);
  const [behind] = await publish(db.database, draft());
  const [after] = await one.append(draft());
  expect(await page(db.database, 0)).toMatchObject({ rows: [], next: 0, undecided: true });
  await one.run('COMMIT');
  expect(await positionsAfter(db.database, 0)).toEqual([before, behind, after]);
  expect([before, behind, after]).toEqual([1, WIDTH + 1, WIDTH + 2]);
});

test('two who cut the same partition at once cut it once', async () => {
  await publish(db.database, draft());
  expect(await Promise.all([cut(0, one), cut(0, other)])).toEqual([WIDTH, WIDTH]);
  expect(await head()).toBe(WIDTH);
  expect(await partitions()).toHaveLength(4);
});

test('a cut that comes late moves nothing', async () => {
  await cut(0);
  await publish(db.database, draft(), draft());
  await cut(0);
  expect(await head()).toBe(WIDTH + 2);
});

test('two partitions lie ahead after a cut, also when an earlier cut was rolled back', async () => {
  await one.run('BEGIN');
  await cut(0);
  await one.run('ROLLBACK');
  expect(await publish(db.database, draft())).toEqual([WIDTH + 1]);
  expect(await partitions()).toHaveLength(3);
  await cut(0);
  expect(await partitions()).toHaveLength(4);
});

test('an event without a partition is refused and nothing is passed', async () => {
  await one.run(`SELECT setval('event_position', 3 * ${WIDTH}::bigint)`);
  await expect(publish(db.database, draft())).rejects.toMatchObject({ code: '23514' });
  expect(await page(db.database, 0)).toMatchObject({ rows: [], next: 0, undecided: false });
  await one.run('SELECT ensure_partitions(3)');
  const [row] = await publish(db.database, draft());
  expect(await positionsAfter(db.database, 0)).toEqual([row]);
});
