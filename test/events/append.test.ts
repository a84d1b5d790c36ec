import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import type { Audience } from '../../src/events/event.ts';
import { append, appendAndCommit } from '../../src/events/queries.ts';
import { readEnd } from '../../src/reading/queries.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { draft, page, positionsAfter, publish } from '../support/log.ts';

let db: TestDatabase;

const STORED = sql(
  'test.stored',
  `SELECT audience, owner, change::float8 AS change, dialog_sequence::float8 AS dialog_sequence, type, resource,
          resource_instance, subject, source, id, time, bytes, trace FROM event WHERE position > $1`,
);

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

test('positions rise in the order of the events given', async () => {
  const start = await readEnd(db.database);
  const events = Array.from({ length: 500 }, (_, index) => draft({ id: String(index) }));
  const positions = await publish(db.database, ...events);
  expect(positions).toEqual(events.map((_, index) => start + 1 + index));
  const read = await page(db.database, start);
  expect(read.rows.map((row) => row.id)).toEqual(events.map((event) => event.id));
});

test('what append and COMMIT have answered, everybody can read', async () => {
  const start = await readEnd(db.database);
  for (let time = 0; time < 50; time++) {
    const [position] = await publish(db.database, draft());
    expect(await readEnd(db.database)).toBe(position);
  }
  expect(await positionsAfter(db.database, start)).toHaveLength(50);
});

test('an event that goes alone is stored as one among several is', async () => {
  const start = await readEnd(db.database);
  const event = draft({
    ...{
      audience: 'owner',
      change: 7,
      dialogSequence: 5,
      resourceInstance: 'an-instance',
      subject: 'a:party',
    },
    ...{ time: '2026-01-02T03:04:05.1234560Z', bytes: '{"a":"\\"å"}', trace: '00-1-2-01' },
  });
  await publish(db.database, event);
  await publish(db.database, event, event);
  const stored = await db.database.query(STORED, [start]);
  const { dialogSequence, resourceInstance, ...columns } = event;
  const row = { ...columns, dialog_sequence: dialogSequence, resource_instance: resourceInstance };
  expect(stored).toEqual([row, row, row]);
});

test('nothing to append is no position', async () => {
  const start = await readEnd(db.database);
  expect(await publish(db.database)).toEqual([]);
  expect(await page(db.database, start)).toMatchObject({ rows: [], next: start, undecided: false });
});

test('nothing is appended when where the log stands cannot be read', async () => {
  await using other = await openTestDatabase();
  await other.database.query(sql('', `SELECT setval('event_position', 7, false)`));
  await expect(publish(other.database, draft())).rejects.toThrow('where the log stands cannot be read');
  await expect(publish(other.database, draft(), draft())).rejects.toThrow('cannot be read');
});

test('one event that cannot be stored takes the whole transaction along', async () => {
  const start = await readEnd(db.database);
  const nobody = 'nobody' as Audience;
  const work = db.database.transaction(async (transaction) => {
    await append(transaction, [draft()]);
    return appendAndCommit(transaction, [draft(), draft({ audience: nobody })]);
  });
  await expect(work).rejects.toMatchObject({ code: '23514' });
  const [next] = await publish(db.database, draft());
  expect(await page(db.database, start)).toMatchObject({ next, lookedAt: 1, undecided: false });
});
