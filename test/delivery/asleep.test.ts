import { expect, test } from 'vitest';
import { type Database, sql } from '../../src/db/database.ts';
import { openTestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { type EngineUnderTest, startEngine } from './harness.ts';

const PATIENCE = { timeout: 25_000 };
const COUNT = 12;
const AWAKE_MOST = 3;
const SETTINGS = { coursesMost: AWAKE_MOST, pollMs: 200 };
const OWN = sql('test.own', 'SELECT count(*)::int AS count FROM own_position');
const SET_STATE = sql(
  'test.state',
  `UPDATE subscription SET state = $2, version = bump_version('subscription') WHERE id = $1`,
);
const CROWD_SIZE = 120;
/** So many more like the one, but for their ids. */
const CROWD = sql(
  'test.crowd',
  `WITH made AS (
     INSERT INTO subscription (endpoint, resource_filter, consumer, created_by, identity, validated, start_position,
                               fingerprint, version)
     SELECT s.endpoint, s.resource_filter, s.consumer, s.created_by, s.identity, true, s.start_position,
            sha256(n::text::bytea), bump_version('subscription')
       FROM subscription s, generate_series(1, $2::integer) n WHERE s.id = $1 RETURNING id)
   INSERT INTO subscription_secret (subscription, number, sealed)
   SELECT m.id, k.number, k.sealed FROM made m, subscription_secret k WHERE k.subscription = $1`,
);
const VERSION = sql('test.version', `SELECT value::int AS count FROM version WHERE name = 'subscription'`);
const CURSORS = sql('test.cursors', 'SELECT min(cursor)::float8 AS count FROM lane');

async function count(database: Database, statement: typeof OWN): Promise<number> {
  return (await database.query<{ count: number }>(statement))[0]!.count;
}

const subjectOf = (number: number) => `urn:altinn:organization:identifier-no:${number}`;

/** Subscriptions that each want the events of one subject, at a path of their own, and keep up with their lanes. */
async function subscribeAll(
  system: EngineUnderTest,
  receiver: Receiver,
  database: Database,
): Promise<number[]> {
  const ids = await Promise.all(
    Array.from({ length: COUNT }, (_, number) =>
      system.subscribe(receiver.url(`/${number}`), { subjectFilter: subjectOf(number) }),
    ),
  );
  await allKeepUp(database);
  return ids;
}

/** On a busy machine an answer takes long enough now and then for its subscription to go on at its own pace. */
async function allKeepUp(database: Database): Promise<void> {
  await until('all keep up', async () => (await count(database, OWN)) === 0, PATIENCE);
}

/** Publishes one event for each, and waits until those who are to get it have it. */
async function tellAll(
  system: EngineUnderTest,
  receiver: Receiver,
  isTold: (number: number) => boolean = () => true,
): Promise<void> {
  const numbers = Array.from({ length: COUNT }, (_, number) => number);
  for (const number of numbers) {
    const before = receiver.events(`/${number}`).length;
    const { position } = await system.publish('d', { subject: subjectOf(number) });
    if (!isTold(number)) continue;
    await until(`${position} has arrived`, () => receiver.events(`/${number}`).length === before + 1);
  }
}

test('subscriptions that nothing is for fall asleep, and every event for one of them wakes it', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, { settings: SETTINGS });
  await subscribeAll(system, receiver, db.database);
  for (let round = 0; round < 2; round++) {
    await tellAll(system, receiver);
    await until('most are asleep', () => system.engine.subscriptionsAwake <= AWAKE_MOST, PATIENCE);
  }
});

test('events that far more subscriptions want than may be awake reach each of them once, in order', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, { settings: { ...SETTINGS, coursesMost: 10 } });
  await db.database.query(CROWD, [await system.subscribe(receiver.url('/')), CROWD_SIZE - 1]);
  const areAsleep = () => system.engine.subscriptionsAwake <= 10;
  await system.engine.quiesced({ lane: 0, version: await count(db.database, VERSION) });
  await until('all but a few are asleep', areAsleep, PATIENCE);
  let mostAwake = 0;
  const watch = setInterval(() => {
    mostAwake = Math.max(mostAwake, system.engine.subscriptionsAwake);
  }, 5);
  const published = [await system.publish('d'), await system.publish('d')].map(({ id }) => id);
  const deliveries = () => receiver.arrivals.filter(({ headers }) => headers['budstikka-delivery']);
  await until('all has arrived', () => deliveries().length >= 2 * CROWD_SIZE, PATIENCE);
  clearInterval(watch);
  const told = deliveries().map(({ headers }) => [headers['budstikka-subscription'], headers['webhook-id']]);
  const everybody = new Set(told.map(([subscription]) => subscription));
  expect(everybody.size).toBe(CROWD_SIZE);
  for (const one of everybody)
    expect(told.filter(([subscription]) => subscription === one).map(([, event]) => event)).toEqual(
      published,
    );
  // Those under way stay awake, and a few more are woken all the same, so that nobody waits for ever.
  expect(mostAwake).toBeLessThan(CROWD_SIZE / 2);
  await until('they are asleep again', areAsleep, PATIENCE);
  await allKeepUp(db.database);
});

test('a process that takes over wakes whoever an event is for, and misses nothing', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  const first = await startEngine(db, { settings: SETTINGS });
  await subscribeAll(first, receiver, db.database);
  await tellAll(first, receiver);
  await allKeepUp(db.database);
  await first[Symbol.asyncDispose]();
  await using second = await startEngine(db, { settings: { ...SETTINGS, coursesMost: 1000 } });
  await until('it has the lanes', () => second.engine.lanesHeld === 256);
  await tellAll(second, receiver);
  expect(second.engine.subscriptionsAwake).toBe(COUNT);
});

test('a subscription that is paused or ended in its sleep gets nothing, and all of it when it goes on', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  const first = await startEngine(db, { settings: SETTINGS });
  const ids = await subscribeAll(first, receiver, db.database);
  await first[Symbol.asyncDispose]();
  await using second = await startEngine(db, { settings: SETTINGS });
  await until('it has the lanes', () => second.engine.lanesHeld === 256);
  await db.database.query(SET_STATE, [ids[0], 'paused']);
  await second.remove(ids[1]!);
  await tellAll(second, receiver, (number) => number > 1);
  await tellAll(second, receiver, (number) => number > 1);
  expect([receiver.events('/0'), receiver.events('/1')]).toEqual([[], []]);
  await db.database.query(SET_STATE, [ids[0], 'active']);
  await until('the paused one has both', () => receiver.events('/0').length === 2);
});

test('the cursors of lanes whose subscriptions are all asleep move on', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, { settings: { ...SETTINGS, leaseMs: 1000 } });
  await subscribeAll(system, receiver, db.database);
  const { position } = await system.publish('d', { subject: 'nobody' });
  await until('every cursor has passed it', async () => (await count(db.database, CURSORS)) >= position);
});
