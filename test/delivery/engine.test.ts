import { expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { openTestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { resource, startEngine } from './harness.ts';

const ROWS = sql(
  'test.rows',
  `SELECT (SELECT count(*)::int FROM own_position) AS own, (SELECT count(*)::int FROM parked_dialog) AS parked,
          (SELECT count(*)::int FROM outcome) AS outcomes, (SELECT count(*)::int FROM dead_letter) AS dead`,
);

test('an event reaches its subscriber once, with the bytes of the log', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db);
  await system.subscribe(receiver.url());
  const { id } = await system.publish('d1');
  await until('the event has arrived', () => receiver.events().length === 1);
  expect(receiver.events()[0]).toMatchObject({ id, resource, resourceinstance: 'd1' });
  expect(receiver.handshakes()).toHaveLength(1);
});

test('a dialog keeps its order while a thousand events of others flow', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db);
  await system.subscribe(receiver.url());
  const sent: Record<string, string[]> = {};
  for (let n = 0; n < 1000; n++) {
    const dialog = `d${n % 7}`;
    const { id } = await system.publish(dialog);
    (sent[dialog] ??= []).push(id);
  }
  await until('all have arrived', () => receiver.events().length >= 1000);
  for (const [dialog, ids] of Object.entries(sent)) {
    const arrived = receiver.events().filter((event) => event['resourceinstance'] === dialog);
    expect(arrived.map((event) => event['id'])).toEqual(ids);
  }
  await until('nothing is left behind', async () => {
    const [rows] = await db.database.query<Record<string, number>>(ROWS);
    return rows?.['own'] === 0 && rows['parked'] === 0;
  });
});

test('a refused event parks its dialog alone, and the dialog goes on in order', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, {
    settings: { schedule: { delays: [100, 100, 100], jitter: 0 } },
  });
  await system.subscribe(receiver.url());
  let refusals = 2;
  receiver.answer((arrival) => (arrival.body.includes('"bad"') && refusals-- > 0 ? 500 : 200));
  const first = await system.publish('bad');
  const second = await system.publish('bad');
  const other = await system.publish('good');
  await until('the other dialog has arrived', () =>
    receiver.events().some((event) => event['id'] === other.id),
  );
  expect(receiver.events().some((event) => event['id'] === second.id)).toBe(false);
  await until('all have arrived', () => receiver.events().length === 5);
  const bad = receiver.events().filter((event) => event['resourceinstance'] === 'bad');
  expect(bad.map((event) => event['id'])).toEqual([first.id, first.id, first.id, second.id]);
  const attempts = receiver.arrivals
    .filter((arrival) => arrival.body.includes(first.id))
    .map((arrival) => arrival.headers['budstikka-attempt']);
  expect(attempts).toEqual(['1', '2', '3']);
  await until('the parked dialog is gone', async () => {
    const [rows] = await db.database.query<Record<string, number>>(ROWS);
    return rows?.['parked'] === 0;
  });
});

test('an event that is out of attempts becomes a dead letter, and what follows says so', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db);
  await system.subscribe(receiver.url());
  const first = await system.publish('d');
  receiver.answer((arrival) => (arrival.body.includes(first.id) ? 500 : 200));
  await until('the first has arrived', () => receiver.events().length >= 1);
  const lost = await system.publish('d');
  receiver.answer((arrival) => (arrival.body.includes(lost.id) ? 500 : 200));
  const next = await system.publish('d');
  await until('the next has arrived', () => receiver.events().some((event) => event['id'] === next.id));
  const arrival = receiver.arrivals.find((one) => one.body.includes(next.id));
  expect(arrival?.headers['budstikka-missing']).toBe(lost.id);
  expect(receiver.events().filter((event) => event['id'] === lost.id)).toHaveLength(4);
  await until('the letter is written down', async () => {
    const [rows] = await db.database.query<Record<string, number>>(ROWS);
    return rows?.['dead'] === 1 && rows['parked'] === 0;
  });
});

test('a slow endpoint gets a position of its own, the others do not wait, and it joins again', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db);
  await system.subscribe(receiver.url('/slow'));
  await system.subscribe(receiver.url('/quick'));
  const held: (() => void)[] = [];
  receiver.answer((arrival) =>
    arrival.path === '/slow' ? (response) => void held.push(() => response.end()) : 200,
  );
  for (let n = 0; n < 100; n++) await system.publish(`d${n}`);
  await until('the quick one has all', () => receiver.events('/quick').length === 100);
  await until('the slow one has a position of its own', async () => {
    const [rows] = await db.database.query<Record<string, number>>(ROWS);
    return rows?.['own'] === 1;
  });
  receiver.answer(() => 200);
  for (const release of held) release();
  await until('the slow one has all', () => receiver.events('/slow').length >= 100);
  await until('the slow one has joined its lane again', async () => {
    const [rows] = await db.database.query<Record<string, number>>(ROWS);
    return rows?.['own'] === 0;
  });
  expect(new Set(receiver.events('/slow').map((event) => event['id'])).size).toBe(100);
  expect(receiver.events('/slow')).toHaveLength(100);
});

test('what the policy does not permit at the moment of sending is withheld', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, {
    permits: (question) => question.instance !== 'secret',
  });
  await system.subscribe(receiver.url());
  await system.publish('secret');
  const open = await system.publish('open');
  await until('the open one has arrived', () => receiver.events().length === 1);
  expect(receiver.events()[0]?.['id']).toBe(open.id);
});

test('after a subscription is deleted nothing is sent to it', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db);
  const id = await system.subscribe(receiver.url());
  await system.publish('d');
  await until('the first has arrived', () => receiver.events().length === 1);
  await system.remove(id);
  await system.publish('d');
  await using other = await Receiver.open();
  await system.subscribe(other.url());
  await system.publish('e');
  await until('another subscription has got something', () => other.events().length === 1);
  expect(receiver.events()).toHaveLength(1);
});
