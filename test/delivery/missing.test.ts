import { expect, test } from 'vitest';
import { openTestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { startEngine } from './harness.ts';

test('a dead letter whose id fits no header does not poison what follows in its dialog', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db);
  await system.subscribe(receiver.url());
  receiver.answer((arrival) => (arrival.body.includes('lost') ? 500 : 200));
  await system.publish('d', { id: '事件-1', bytes: '{"id":"事件-1","source":"https://host/","of":"lost"}' });
  const next = await system.publish('d');
  const arrival = await until('the next has arrived', () =>
    receiver.arrivals.find((one) => one.body.includes(next.id)),
  );
  expect(arrival.headers['budstikka-missing']).toMatch(/^event_[\w-]{43}$/);
});
