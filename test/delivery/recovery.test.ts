import { expect, test } from 'vitest';
import { type Database, sql } from '../../src/db/database.ts';
import { pause } from '../../src/lib/time.ts';
import { openDatabase, openTestDatabase } from '../support/database.ts';
import { openTestServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { openOutside, type Published, startEngine } from './harness.ts';
import { judge } from './judge.ts';
import { deadLetters, Ledger } from './ledger.ts';
import { Victim } from './victim.ts';
import { stepsBack, watchPositions } from './watch.ts';

/** Nobody asks for lanes that somebody else has. */
const REFUSE_CLAIMS = [
  sql(
    'test.refuse-claim',
    `CREATE FUNCTION refuse_claim() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`,
  ),
  sql(
    'test.refuse-claims',
    `CREATE TRIGGER refuse_claims BEFORE UPDATE ON lane FOR EACH ROW
     WHEN (NEW.claim_until > OLD.claim_until) EXECUTE FUNCTION refuse_claim()`,
  ),
];
/** Busy machines take their time. */
const PATIENCE = { timeout: 30_000 };
const OWNERS = sql('test.owners', 'SELECT DISTINCT owner FROM lane');
const TIMES = sql(
  'test.times',
  `SELECT position::float8, count(*)::int AS count FROM delivery_log, unnest(positions) AS position
    WHERE state = 'delivered' GROUP BY position ORDER BY position`,
);

async function owners(database: Database): Promise<string[]> {
  return (await database.query<{ owner: string }>(OWNERS)).map(({ owner }) => owner);
}

test('a process that stood still for longer than its lease sends and writes nothing for the lanes it lost', async () => {
  await using db = await openTestDatabase();
  await watchPositions(db.database);
  for (const statement of REFUSE_CLAIMS) await db.database.query(statement);
  let isHeld = false;
  await using ledger = await Ledger.open({ '/': () => ({ status: 200, afterMs: isHeld ? 1500 : 0 }) });
  await using outside = openOutside(db);
  const settings = { leaseMs: 1000, pollMs: 200, handoverMs: 500 };
  await using sleeper = new Victim({ url: db.url, number: 0, settings });
  const subscription = await outside.subscribe(ledger.url('/'));
  await outside.validated(subscription);
  const published: Published[] = [];
  const publish = async (count: number) => {
    for (let number = 0; number < count; number++) published.push(await outside.publish(`d${number % 4}`));
  };
  const allTaken = () => published.every((event) => ledger.hasTaken(subscription, event));
  await publish(20);
  await until('the sleeper has delivered', allTaken, PATIENCE);
  const settled = () => db.database.query<{ position: number; count: number }>(TIMES);
  await until('and has settled it', async () => (await settled()).length === 20, PATIENCE);

  // Stopped with requests under way: their answers come while it sleeps and are read when it wakes.
  isHeld = true;
  await publish(8);
  await until('four are under way', () => ledger.entries.length === 24, PATIENCE);
  const [before] = await owners(db.database);
  sleeper.signal('SIGSTOP');
  isHeld = false;
  await using heir = await startEngine(db, { settings, process: 1 });
  await until('the heir has the lanes', () => heir.engine.lanesHeld === 256, PATIENCE);
  await publish(20);
  await until('the heir has delivered', allTaken, PATIENCE);
  const asleep = ledger.entries.length;

  sleeper.signal('SIGCONT');
  await publish(20);
  await until('the heir has delivered the rest', allTaken, PATIENCE);
  await pause(settings.leaseMs);
  await publish(4);
  await until('all have been delivered', allTaken, PATIENCE);
  expect(sleeper.isAlive).toBe(true);
  expect(ledger.entries.slice(asleep).map((entry) => entry.process)).toEqual(Array(24).fill(1));
  expect(await owners(db.database)).not.toContain(before);
  // Each event was settled once in the database: by the sleeper before it slept, or by the heir.
  const times = await until('all is written down', async () => {
    const rows = await settled();
    return rows.length === published.length && rows;
  });
  expect(times.map(({ count }) => count)).toEqual(Array(published.length).fill(1));
  const { entries } = ledger;
  const kills = [{ isSettled: (_: number, event: Published) => published.indexOf(event) < 20 }];
  expect(judge({ subscriptions: [subscription], published, entries, dead: new Set(), kills })).toEqual([]);
  expect(await stepsBack(db.database)).toEqual([]);
});

test.for(['stop', 'kill'] as const)(
  'a database that goes (%s) in the middle of a burst loses nothing',
  async (way) => {
    await using server = await openTestServer();
    await using database = openDatabase(server.url);
    await watchPositions(database);
    await using ledger = await Ledger.open({
      '/good': () => ({ status: 200 }),
      '/moody': ({ times, count }) => ({ status: times === 1 && count % 5 === 0 ? 500 : 200 }),
    });
    // No lease runs out: whoever keeps its lanes knows what it has sent, whatever the database has of it.
    const settings = { leaseMs: 60_000, pollMs: 200 };
    await using system = await startEngine({ url: server.url, database }, { settings });
    const subscriptions = [
      await system.subscribe(ledger.url('/good')),
      await system.subscribe(ledger.url('/moody')),
    ];
    const published: Published[] = [];
    const publish = async (count: number) => {
      while (count > 0) {
        const event = await system.publish(`d${count % 6}`).catch(() => undefined);
        if (event) published.push(event);
        else await pause(20);
        if (event) count--;
      }
    };
    await publish(60);
    const burst = publish(120);
    await until('the burst flows', () => ledger.entries.length > 150, PATIENCE);
    await server[way]();
    await pause(300);
    await server.start();
    await burst;
    await publish(30);
    await until(
      'everything has arrived',
      () => subscriptions.every((id) => published.every((event) => ledger.hasTaken(id, event))),
      PATIENCE,
    );
    const { entries } = ledger;
    const dead = await deadLetters(database);
    expect(judge({ subscriptions, published, entries, dead, kills: [] })).toEqual([]);
    expect(await stepsBack(database)).toEqual([]);
  },
);

test('a process that is told to end while its endpoints hang and its database is away ends in time', async () => {
  await using server = await openTestServer();
  await using database = openDatabase(server.url);
  await using ledger = await Ledger.open({ '/': () => ({ status: 200, afterMs: 3000 }) });
  const system = await startEngine({ url: server.url, database }, { settings: { drainMs: 300 } });
  await system.subscribe(ledger.url('/'));
  for (let number = 0; number < 100; number++) await system.publish(`d${number}`);
  await until('requests are under way', () => ledger.entries.length >= 32, PATIENCE);
  await server.kill();
  const begun = performance.now();
  await system[Symbol.asyncDispose]();
  expect(performance.now() - begun).toBeLessThan(5000);
  await server.start();
});
