import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { pause } from '../../src/lib/time.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { draft, openWriter, page, positionsAfter, publish, type Writer } from '../support/log.ts';

let db: TestDatabase;
let one: Writer;
let other: Writer;
/** Where the log ended before the test. */
let start: number;

beforeAll(async () => {
  db = await openTestDatabase();
  one = await openWriter(db.database);
  other = await openWriter(db.database);
});
beforeEach(async () => {
  start = (await page(db.database, 0)).next;
});
afterAll(async () => {
  await one[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

test('the log of an empty database is read from 0, and its first event is found from there', async () => {
  await using empty = await openTestDatabase();
  expect(await page(empty.database, 0)).toMatchObject({ rows: [], next: 0, more: false, undecided: false });
  expect(await publish(empty.database, draft())).toEqual([1]);
  expect(await positionsAfter(empty.database, 0)).toEqual([1]);
});

test('the very first event, drawn first and committed last, is not lost', async () => {
  await using empty = await openTestDatabase();
  await using late = await openWriter(empty.database);
  await late.run('BEGIN');
  await late.append(draft());
  await publish(empty.database, draft());
  expect(await page(empty.database, 0)).toMatchObject({ rows: [], next: 0, undecided: true });
  await late.run('COMMIT');
  expect(await positionsAfter(empty.database, 0)).toEqual([1, 2]);
});

test('an event that was drawn first and committed last is neither passed nor told early', async () => {
  await one.run('BEGIN');
  const [first] = await one.append(draft());
  const [second] = await publish(db.database, draft());
  expect(second).toBeGreaterThan(first!);

  const before = await page(db.database, start);
  expect(before).toMatchObject({ rows: [], next: start, undecided: true, more: false });
  await one.run('COMMIT');
  const after = await page(db.database, before.next);
  expect(after.rows.map((row) => row.position)).toEqual([first, second]);
  expect(after).toMatchObject({ next: second, undecided: false });
});

test('what was decided before an open append is read while it is open', async () => {
  const [before] = await publish(db.database, draft());
  await one.run('BEGIN');
  const [open] = await one.append(draft());
  const [behind] = await publish(db.database, draft());
  expect(await positionsAfter(db.database, start)).toEqual([before]);
  await one.run('COMMIT');
  expect(await positionsAfter(db.database, before!)).toEqual([open, behind]);
});

test('the events of several dialogs in one transaction come together, in the order of their appends', async () => {
  await one.run('BEGIN');
  const own = [
    ...(await one.append(draft({ resourceInstance: 'a' }))),
    ...(await one.append(draft({ resourceInstance: 'b' }), draft({ resourceInstance: 'b' }))),
  ];
  const foreign = await publish(db.database, draft({ resourceInstance: 'd' }));
  own.push(...(await one.append(draft({ resourceInstance: 'c' }))));
  expect(await positionsAfter(db.database, start)).toEqual([]);
  await one.run('COMMIT');
  expect(own).toEqual(own.toSorted((a, b) => a - b));
  expect(await positionsAfter(db.database, start)).toEqual([...own.slice(0, 3), ...foreign, ...own.slice(3)]);
});

test('between two appends of one transaction nothing that others commit is passed over the first', async () => {
  await one.run('BEGIN');
  const [first] = await one.append(draft());
  const [between] = await publish(db.database, draft());
  expect(await page(db.database, start)).toMatchObject({ rows: [], undecided: true });
  const [second] = await one.append(draft());
  const [last] = await publish(db.database, draft());
  expect(await page(db.database, start)).toMatchObject({ rows: [], undecided: true });
  await one.run('COMMIT');
  expect(await positionsAfter(db.database, start)).toEqual([first, between, second, last]);
});

test('a savepoint that is rolled back takes its lock along, and the append after it takes its own', async () => {
  await one.run('BEGIN');
  await one.run('SAVEPOINT attempt');
  const [undone] = await one.append(draft());
  await one.run('ROLLBACK TO attempt');
  const [before] = await publish(db.database, draft());
  expect(before).toBeGreaterThan(undone!);
  expect(await page(db.database, start)).toMatchObject({ next: before, undecided: false });

  const [kept] = await one.append(draft());
  const [behind] = await publish(db.database, draft());
  expect(await page(db.database, before!)).toMatchObject({ rows: [], next: before, undecided: true });
  await one.run('COMMIT');
  expect(await positionsAfter(db.database, start)).toEqual([before, kept, behind]);
});

test('an append before a savepoint keeps its lock when the savepoint is rolled back', async () => {
  await one.run('BEGIN');
  const [kept] = await one.append(draft());
  await one.run('SAVEPOINT attempt');
  await one.append(draft());
  await one.run('ROLLBACK TO attempt');
  const [behind] = await publish(db.database, draft());
  expect(await page(db.database, start)).toMatchObject({ rows: [], undecided: true });
  await one.run('COMMIT');
  expect(await positionsAfter(db.database, start)).toEqual([kept, behind]);
});

test('a transaction that is rolled back delays a reader as long as it lives and no longer', async () => {
  await one.run('BEGIN');
  await one.append(draft(), draft());
  const [behind] = await publish(db.database, draft());
  expect(await page(db.database, start)).toMatchObject({ rows: [], next: start, undecided: true });
  await one.run('ROLLBACK');
  expect(await page(db.database, start)).toMatchObject({ next: behind, undecided: false });
  expect(await positionsAfter(db.database, start)).toEqual([behind]);
});

test('a cursor stays on a committed row when only numbers that were rolled back follow', async () => {
  const [row] = await publish(db.database, draft());
  await one.run('BEGIN');
  await one.append(draft(), draft(), draft());
  await one.run('ROLLBACK');
  expect(await page(db.database, start)).toMatchObject({ next: row, undecided: false });
});

test('the lowest of several open appends decides, whichever ends first', async () => {
  await one.run('BEGIN');
  const [low] = await one.append(draft());
  await other.run('BEGIN');
  const [high] = await other.append(draft());
  const [behind] = await publish(db.database, draft());
  await other.run('COMMIT');
  expect(await page(db.database, start)).toMatchObject({ rows: [], undecided: true });
  await one.run('COMMIT');
  expect(await positionsAfter(db.database, start)).toEqual([low, high, behind]);
});

test('an append in another database of the server delays nobody here', async () => {
  await using elsewhere = await openTestDatabase();
  await using writer = await openWriter(elsewhere.database);
  await writer.run('BEGIN');
  await writer.append(draft());
  const [row] = await publish(db.database, draft());
  expect(await page(db.database, start)).toMatchObject({ next: row, undecided: false });
  await writer.run('ROLLBACK');
});

test('a foreign transaction that is open for 5 seconds delays nobody', async () => {
  await using foreigner = await openWriter(db.database);
  await foreigner.run('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await foreigner.run(`INSERT INTO due_work (kind, key, lane, due_at) VALUES ('test', 'foreign', 0, now())`);
  await foreigner.run('SELECT pg_advisory_xact_lock(9, 9)');

  let cursor = start;
  for (const end = performance.now() + 5000; performance.now() < end; await pause(25)) {
    const [row] = await publish(db.database, draft());
    const found = await page(db.database, cursor);
    expect(found).toMatchObject({ next: row, undecided: false });
    expect(found.rows).toHaveLength(1);
    cursor = found.next;
  }
  await foreigner.run('ROLLBACK');
});
