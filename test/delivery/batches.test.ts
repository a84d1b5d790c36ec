import { expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Arrival, Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { type EngineUnderTest, type Published, startEngine } from './harness.ts';

const SETTLED = sql(
  'test.batch-settled',
  `SELECT (SELECT count(*)::int FROM own_position) + (SELECT count(*)::int FROM parked_dialog) AS open,
          (SELECT coalesce(sum(cardinality(positions)), 0)::int FROM delivery_log WHERE state = 'delivered') AS delivered,
          (SELECT count(*)::int FROM delivery_log WHERE state = 'failed' AND attempt = 0) AS refused`,
);
const FORMAT = { format: 'batch' };
/** So long that what is published together goes together on a machine that is busy. */
const WAIT = { most: 100, bytes: 2 ** 20, waitMs: 200 };

interface Ids {
  readonly id: string;
  readonly resourceinstance: string;
}

function batchOf({ body }: Pick<Arrival, 'body'>): Ids[] {
  return JSON.parse(body) as Ids[];
}

function batches(receiver: Receiver): Ids[][] {
  const handshake = receiver.handshakes()[0];
  return receiver.arrivals.filter((arrival) => arrival !== handshake).map(batchOf);
}

async function publishMany(system: EngineUnderTest, most: number, dialogs: number): Promise<Published[]> {
  const published: Published[] = [];
  for (let number = 0; number < most; number++) published.push(await system.publish(`d${number % dialogs}`));
  return published;
}

function inDialog(events: readonly Ids[], dialog: string): string[] {
  return events.filter((event) => event.resourceinstance === dialog).map(({ id }) => id);
}

function expectOrder(arrived: readonly Ids[], published: readonly Published[]): void {
  const first = arrived.filter(({ id }, index) => arrived.findIndex((one) => one.id === id) === index);
  for (const dialog of new Set(published.map((one) => one.dialog))) {
    const due = published.filter((one) => one.dialog === dialog).map(({ id }) => id);
    expect(inDialog(first, dialog)).toEqual(due);
  }
}

async function settled(db: TestDatabase): Promise<{ open: number; delivered: number; refused: number }> {
  const [row] = await db.database.query<{ open: number; delivered: number; refused: number }>(SETTLED);
  return row!;
}

test('events go together, once each, in the order of their dialogs, and each is settled', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, { settings: { batch: { ...WAIT, most: 10 } } });
  await system.subscribe(receiver.url(), FORMAT);
  const published = await publishMany(system, 120, 7);
  await until('all have arrived', () => batches(receiver).flat().length >= 120);
  const arrived = batches(receiver);
  expect(arrived.flat()).toHaveLength(120);
  expectOrder(arrived.flat(), published);
  expect(arrived.length).toBeLessThan(60);
  for (const batch of arrived) expect(batch.length).toBeLessThanOrEqual(10);
  await until('all are settled', async () => {
    const { open, delivered } = await settled(db);
    return open === 0 && delivered === 120;
  });
});

test('a batch is no larger than its bytes, and an event that is larger goes alone', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, { settings: { batch: { ...WAIT, bytes: 2000 } } });
  await system.subscribe(receiver.url(), FORMAT);
  const large = JSON.stringify({
    specversion: '1.0',
    id: 'large',
    resourceinstance: 'l',
    data: 'x'.repeat(3000),
  });
  await system.publish('l', { id: 'large', bytes: large });
  await publishMany(system, 30, 30);
  await until('all have arrived', () => batches(receiver).flat().length >= 31);
  const handshake = receiver.handshakes()[0];
  for (const { body } of receiver.arrivals.filter((arrival) => arrival !== handshake)) {
    const isLarge = body.includes('"large"') && batchOf({ body }).length === 1;
    expect(isLarge || Buffer.byteLength(body) <= 2000).toBe(true);
  }
});

test('a batch that is refused goes again as singles at once, and only the dialog that is refused waits', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, {
    settings: { batch: WAIT, schedule: { delays: [1000, 1000], jitter: 0 } },
  });
  await system.subscribe(receiver.url(), FORMAT);
  let isBad = true;
  receiver.answer(({ body }) => (isBad && body.includes('"bad"') ? 422 : 200));
  const published = [await system.publish('d0'), await system.publish('bad'), await system.publish('bad')];
  published.push(...(await publishMany(system, 20, 5)));
  const isTaken = (id: string) =>
    batches(receiver).some((batch) => batch.length === 1 && batch[0]?.id === id);
  await until('the one that is refused has gone by itself', () => isTaken(published[1]!.id));
  isBad = false;
  await until('all are settled', async () => {
    const { open, delivered } = await settled(db);
    return open === 0 && delivered === published.length;
  });
  expect((await settled(db)).refused).toBeGreaterThan(0);
  expect(batches(receiver).some((batch) => batch.length > 1)).toBe(true);
  expectOrder(batches(receiver).flat(), published);
  const attempts = receiver.arrivals
    .filter(({ body }) => body.includes(published[1]!.id) && batchOf({ body }).length === 1)
    .map(({ headers }) => headers['budstikka-attempt']);
  expect(attempts.slice(0, 2)).toEqual(['1', '2']);
});

test('what is withheld is left out of its batch, and the rest of it goes', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, {
    settings: { batch: WAIT },
    permits: ({ instance }) => instance !== 'secret',
  });
  await system.subscribe(receiver.url(), FORMAT);
  const open = [await system.publish('d0'), await system.publish('d1')];
  await system.publish('secret');
  await system.publish('secret');
  open.push(await system.publish('d0'));
  await until('the others have arrived', () => batches(receiver).flat().length >= 3);
  expect(
    batches(receiver)
      .flat()
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(open.map(({ id }) => id).toSorted());
  await until('all are settled', async () => (await settled(db)).open === 0);
});

test('an event of a dialog with a missing one goes by itself and says so', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, {
    settings: { batch: WAIT, schedule: { delays: [20], jitter: 0 } },
  });
  await system.subscribe(receiver.url(), FORMAT);
  const lost = await system.publish('bad');
  receiver.answer(({ body }) => (body.includes(lost.id) ? 500 : 200));
  await until('the letter is dead and the dialog free', async () => {
    const { open } = await settled(db);
    return open === 0 && receiver.arrivals.filter(({ body }) => body.includes(lost.id)).length >= 2;
  });
  await publishMany(system, 5, 5);
  const next = await system.publish('bad');
  await until('the next has arrived', () =>
    batches(receiver)
      .flat()
      .some(({ id }) => id === next.id),
  );
  const arrival = receiver.arrivals.find(({ body }) => body.includes(next.id))!;
  expect(batchOf(arrival)).toHaveLength(1);
  expect(arrival.headers['budstikka-missing']).toBe(lost.id);
});
