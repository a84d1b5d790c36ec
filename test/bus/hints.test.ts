import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bus, createBus } from '../../src/bus/hints.ts';
import { openNotifyWire } from '../../src/db/notify.ts';
import { openLog } from '../../src/lib/log.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { openWriter } from '../support/log.ts';
import { until } from '../support/until.ts';

let db: TestDatabase;
let open: Bus[];

beforeEach(async () => {
  db = await openTestDatabase();
  open = [];
});
afterEach(async () => {
  for (const bus of open) await bus[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

/** A bus as a process of its own would have it, counting what it hears; ready when its wire is. */
async function openBus(): Promise<{ bus: Bus; heard: () => number }> {
  let heard = 0;
  const log = openLog({ level: 'silent' });
  const bus = createBus((on) => openNotifyWire({ url: db.url, channel: 'grown', log, heard: on }));
  bus.onGrown(() => heard++);
  open.push(bus);
  await until('the wire is connected, which counts as a hint', () => heard > 0);
  heard = 0;
  return { bus, heard: () => heard };
}

const LISTENERS = `FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'budstikka notify'`;

test('a hint is heard at once in its own process, and soon in another one', async () => {
  const [one, other] = [await openBus(), await openBus()];
  one.bus.grown();
  expect(one.heard()).toBe(1);
  await until('the other process hears it', () => other.heard() === 1);
  expect(one.heard()).toBe(1);
});

test('it goes both ways, and each process hears the other', async () => {
  const [one, other] = [await openBus(), await openBus()];
  one.bus.grown();
  other.bus.grown();
  await until('both have heard both', () => one.heard() === 2 && other.heard() === 2);
});

test('a storm of hints is a few notifications to the other process, and the last one is among them', async () => {
  const [one, other] = [await openBus(), await openBus()];
  const begun = performance.now();
  for (let round = 0; round < 50; round++) {
    for (let hint = 0; hint < 100; hint++) one.bus.grown();
    await new Promise(setImmediate);
  }
  const took = performance.now() - begun;
  const before = other.heard();
  one.bus.grown();
  await until('the other process hears the last one', () => other.heard() > before);
  expect(one.heard()).toBe(5001);
  expect(other.heard()).toBeLessThan(10 + took / 5);
});

test('a listener that has left hears nothing any more', async () => {
  const { bus, heard } = await openBus();
  let left = 0;
  const leave = bus.onGrown(() => left++);
  leave();
  bus.grown();
  expect([heard(), left]).toEqual([1, 0]);
});

test('a wire that is cut comes back, and counts as a hint because hints may have been lost', async () => {
  await using killer = await openWriter(db.database);
  const [one, other] = [await openBus(), await openBus()];
  expect(await killer.run(`SELECT pg_terminate_backend(pid) ${LISTENERS}`)).toHaveLength(2);
  await until('both have come back', () => one.heard() > 0 && other.heard() > 0);
  const before = other.heard();
  one.bus.grown();
  await until('hints go through again', () => other.heard() > before);
});

test('a process whose wire cannot carry hears its own hints, and goes on', async () => {
  const log = openLog({ level: 'silent' });
  const url = new URL(db.url);
  url.pathname = '/no-such-database';
  const bus = createBus((on) => openNotifyWire({ url: url.href, channel: 'grown', log, heard: on }));
  let heard = 0;
  bus.onGrown(() => heard++);
  bus.grown();
  bus.grown();
  expect(heard).toBe(2);
  await bus[Symbol.asyncDispose]();
});

test('the last hint of a bus that ends is still told to the others', async () => {
  const [one, other] = [await openBus(), await openBus()];
  one.bus.grown();
  await one.bus[Symbol.asyncDispose]();
  await until('the other process hears it', () => other.heard() === 1);
});

test('a bus that has ended leaves no connection and no timer behind', async () => {
  await using looker = await openWriter(db.database);
  const { bus } = await openBus();
  bus.grown();
  await bus[Symbol.asyncDispose]();
  bus.grown();
  await until('the connection is gone', async () => (await looker.run(`SELECT ${LISTENERS}`)).length === 0);
});
