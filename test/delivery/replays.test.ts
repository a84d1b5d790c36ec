import { expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { readReplay, startReplay } from '../../src/subscriptions/replay-queries.ts';
import { openTestDatabase } from '../support/database.ts';
import { type Arrival, Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { type Outside, openOutside, type Published, startEngine } from './harness.ts';

const isReplay = ({ headers }: Arrival) => 'budstikka-replay' in headers;
const idOf = ({ body }: Arrival) => (JSON.parse(body) as { id: string }).id;

/** Replays the whole log for a subscription. */
async function replayAll(
  database: Database,
  outside: Pick<Outside, 'bus'>,
  subscription: number,
): Promise<void> {
  await database.transaction((transaction) => startReplay(transaction, subscription, { from: 0, to: null }));
  outside.bus.grown();
}

test('a replay that a process did not finish is finished by the next, and little of it comes twice', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using outside = openOutside(db);
  const published: Published[] = [];
  let subscription = 0;
  const again = () => receiver.arrivals.filter(isReplay);
  {
    await using first = await startEngine(db);
    subscription = await first.subscribe(receiver.url());
    for (let number = 0; number < 120; number++) published.push(await first.publish(`d${number % 10}`));
    await until('all have come', () => receiver.events().length === published.length);
    // From some of the second page on nobody answers, until the process has ended.
    receiver.answer(() => (again().length > 40 ? () => undefined : 200));
    await replayAll(db.database, outside, subscription);
    await until('the replay is under way', () => again().length > 45);
    receiver.answer((arrival) => (isReplay(arrival) ? (response) => void response.destroy() : 200));
  }
  receiver.answer(() => 200);
  await using second = await startEngine(db);
  await until(
    'the replay is over',
    async () => (await readReplay(db.database, subscription))?.state === 'done',
  );
  expect(second.engine.lanesHeld).toBe(256);
  const times = new Map(published.map(({ id }) => [id, 0]));
  for (const arrival of again()) times.set(idOf(arrival), times.get(idOf(arrival))! + 1);
  expect([...times.values()].filter((count) => count === 0)).toEqual([]);
  expect([...times.values()].filter((count) => count > 1).length).toBeLessThanOrEqual(32);
});

test('what is replayed waits until nothing of its dialog is in flight, and lets nothing of it begin meanwhile', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db);
  const subscription = await system.subscribe(receiver.url());
  const first = await system.publish('d');
  const sign = await system.publish('sign');
  await until('both have come', () => receiver.events().length === 2);
  const held: (() => void)[] = [];
  receiver.answer(({ body }) =>
    body.includes('"d"') ? (response) => void held.push(() => response.end()) : 200,
  );
  const second = await system.publish('d');
  await until('the second is in flight', () => held.length === 1);
  await replayAll(db.database, system, subscription);
  await until('the replay is under way', () => receiver.arrivals.some(isReplay));
  const third = await system.publish('d');
  const other = await system.publish('other');
  await until('another dialog has gone on', () => receiver.arrivals.some((one) => idOf(one) === other.id));
  expect(receiver.arrivals.filter(isReplay).map(idOf)).toEqual([sign.id]);
  held[0]!();
  await until('the first is replayed', () => held.length === 2);
  expect(idOf(receiver.arrivals.filter(isReplay)[1]!)).toBe(first.id);
  expect(receiver.arrivals.some((one) => idOf(one) === third.id)).toBe(false);
  receiver.answer(() => 200);
  held[1]!();
  await until(
    'the replay is over',
    async () => (await readReplay(db.database, subscription))?.state === 'done',
  );
  await until('the third has come', () => receiver.arrivals.some((one) => idOf(one) === third.id));
  // In flight when the replay looked, it was on its way by itself.
  expect(receiver.arrivals.filter((one) => isReplay(one) && idOf(one) === second.id)).toEqual([]);
});
