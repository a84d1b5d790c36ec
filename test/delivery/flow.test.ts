import { expect, test } from 'vitest';
import { type Database, sql } from '../../src/db/database.ts';
import { pause } from '../../src/lib/time.ts';
import { openTestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { type EngineUnderTest, type Published, resource, startEngine } from './harness.ts';

const SET_STATE = sql(
  'test.set-state',
  `UPDATE subscription SET state = $2, version = bump_version('subscription') WHERE id = $1`,
);
const OUTCOMES = sql(
  'test.settled-outcomes',
  'SELECT coalesce(sum(cardinality(positions)), 0)::int AS count FROM outcome WHERE subscription = $1',
);
const PARKED = sql('test.parked-count', 'SELECT count(*)::int AS count FROM parked_dialog');
const OWN = sql('test.own-count', 'SELECT count(*)::int AS count FROM own_position');
const START = sql('test.start', 'SELECT start_position::float8 AS position FROM subscription WHERE id = $1');
const GIVE_AWAY = sql(
  'test.give-away',
  `UPDATE lane SET owner = '00000000-0000-4000-8000-000000000000', lease_until = clock_timestamp() + interval '1 second'
    WHERE lane IN (SELECT lane FROM subscription WHERE id = $1)`,
);

async function count(database: Database, statement: typeof OWN, values: unknown[] = []): Promise<number> {
  const [row] = await database.query<{ count: number }>(statement, values);
  return row!.count;
}

function ids(receiver: Receiver, path = '/'): string[] {
  return receiver.events(path).map((event) => event['id'] as string);
}

async function publishMany(system: EngineUnderTest, most: number, dialogs: number): Promise<Published[]> {
  const published: Published[] = [];
  for (let number = 0; number < most; number++) published.push(await system.publish(`d${number % dialogs}`));
  return published;
}

/** First arrivals by dialog, in order. */
function byDialog(receiver: Receiver, path = '/'): Record<string, string[]> {
  const dialogs: Record<string, string[]> = {};
  for (const event of receiver.events(path)) {
    const dialog = (dialogs[event['resourceinstance'] as string] ??= []);
    if (!dialog.includes(event['id'] as string)) dialog.push(event['id'] as string);
  }
  return dialogs;
}

function asPublished(published: readonly Published[]): Record<string, string[]> {
  const dialogs: Record<string, string[]> = {};
  for (const { dialog, id } of published) (dialogs[dialog] ??= []).push(id);
  return dialogs;
}

test('an endpoint that is down for all of a burst gets all of it, in order, each event taken once', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, {
    settings: { schedule: { delays: Array(50).fill(100), jitter: 0 } },
  });
  await system.subscribe(receiver.url());
  let underWay = 0;
  let most = 0;
  let isDown = true;
  const taken: string[] = [];
  receiver.answer(({ body }) => async (response) => {
    most = Math.max(most, ++underWay);
    await pause(2);
    underWay--;
    if (!isDown) taken.push((JSON.parse(body) as { id: string }).id);
    response.writeHead(isDown ? 503 : 200).end();
  });
  const published = await publishMany(system, 300, 10);
  await until('every dialog is parked', async () => (await count(db.database, PARKED)) === 10);
  isDown = false;
  await until('all have been taken', () => taken.length >= 300);
  expect(taken).toHaveLength(300);
  expect(byDialog(receiver)).toEqual(asPublished(published));
  // One for each dialog: a dialog has no second sender beside its retry.
  expect(most).toBeLessThanOrEqual(10);
});

test('a subscription made while events flow gets everything from its start on, and nothing from before', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db);
  await system.subscribe(receiver.url('/first'));
  const published: Published[] = [];
  let end = Infinity;
  const flow = (async () => {
    while (published.length < end) published.push(await system.publish(`d${published.length % 5}`));
  })();
  await until('some have been published', () => published.length > 50);
  const late = await system.subscribe(receiver.url('/late'));
  // At least a hundred after it, however long it took to make.
  end = published.length + 102;
  await flow;
  const [start] = await db.database.query<{ position: number }>(START, [late]);
  const due = published.filter(({ position }) => position > start!.position);
  await until('all have arrived', () => receiver.events('/late').length >= due.length);
  expect(ids(receiver, '/late').toSorted()).toEqual(due.map(({ id }) => id).toSorted());
  expect(byDialog(receiver, '/late')).toEqual(asPublished(due));
  expect(due.length).toBeGreaterThanOrEqual(100);
});

test('a subscription that is paused gets nothing, and everything when it goes on', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db);
  const id = await system.subscribe(receiver.url('/paused'));
  const other = await system.subscribe(receiver.url('/other'));
  expect(other).not.toBe(id);
  const before = await publishMany(system, 20, 4);
  await db.database.query(SET_STATE, [id, 'paused']);
  const during = await publishMany(system, 50, 4);
  await until('the other one has all', () => receiver.events('/other').length === 70);
  const arrivedPaused = receiver.events('/paused').length;
  await db.database.query(SET_STATE, [id, 'active']);
  const after = await publishMany(system, 20, 4);
  await until('it has all', () => receiver.events('/paused').length >= 90);
  expect(arrivedPaused).toBeLessThan(70);
  expect(ids(receiver, '/paused')).toHaveLength(90);
  expect(byDialog(receiver, '/paused')).toEqual(asPublished([...before, ...during, ...after]));
  await until('it shares the cursor of its lane', async () => (await count(db.database, OWN)) === 0);
});

test('outcomes above an early event that hangs are committed one by one', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db);
  const id = await system.subscribe(receiver.url());
  let release = () => {};
  receiver.answer(({ body }) =>
    body.includes('"hangs"') ? (response) => void (release = () => response.end()) : 200,
  );
  await system.publish('hangs');
  await publishMany(system, 50, 50);
  await until('all but one are written down', async () => (await count(db.database, OUTCOMES, [id])) === 50);
  release();
  await until('nothing is left to write down', async () => (await count(db.database, OUTCOMES, [id])) === 0);
});

test('a parked dialog goes on although its endpoint never has a request to spare', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, { settings: { endpointConcurrency: 1, handoverMs: 60_000 } });
  await system.subscribe(receiver.url());
  let isRefused = false;
  receiver.answer(({ body }) => async (response) => {
    await pause(5);
    const refuses = body.includes('"bad"') && !isRefused;
    isRefused ||= refuses;
    response.writeHead(refuses ? 500 : 200).end();
  });
  const { id } = await system.publish('bad');
  await publishMany(system, 200, 200);
  await until('all have arrived', () => receiver.events().length === 202);
  expect(ids(receiver).lastIndexOf(id)).toBeLessThan(150);
});

test('a parked dialog gets past any number of events that its subscription does not want', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db);
  const type = 'dialogporten.dialog.updated.v1';
  await system.subscribe(receiver.url(), { typeFilter: type });
  let refusals = 1;
  receiver.answer(() => (refusals-- > 0 ? 500 : 200));
  const first = await system.publish('d');
  for (let number = 0; number < 45; number++)
    await system.publish('d', { type: 'dialogporten.dialog.seen.v1' });
  const last = await system.publish('d');
  await until('the last has arrived', () => ids(receiver).includes(last.id));
  expect(ids(receiver)).toEqual([first.id, first.id, last.id]);
  await until('the dialog is parked no longer', async () => (await count(db.database, PARKED)) === 0);
});

test('lanes that are taken over later are read for at once', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  let subscription = 0;
  let waits: Published;
  {
    await using first = await startEngine(db);
    subscription = await first.subscribe(receiver.url());
    await first.publish('d');
    await until('the first has arrived', () => receiver.events().length === 1);
    await until('it shares the cursor of its lane', async () => (await count(db.database, OWN)) === 0);
    waits = await first.publish('d');
    await until('the second has arrived', () => receiver.events().length === 2);
  }
  await db.database.query(GIVE_AWAY, [subscription]);
  await using system = await startEngine(db, { settings: { pollMs: 60_000 } });
  await until('it has its share of the other lanes', () => system.engine.lanesHeld >= 128);
  const next = await system.publish('d');
  await until('it has all lanes', () => system.engine.lanesHeld === 256);
  await until('the third has arrived', () => receiver.events().length === 3);
  expect(ids(receiver).slice(1)).toEqual([waits.id, next.id]);
});

test('an endpoint that takes longer to connect to than a decision stays fresh is delivered to', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, {
    settings: { pollMs: 60_000 },
    // As if name, TCP and TLS took 600 ms before the first byte can be written.
    send: (send) => async (url, request, mayStart) => {
      await pause(600);
      return send(url, request, mayStart);
    },
  });
  await system.subscribe(receiver.url());
  const { id } = await system.publish('d');
  await until('the event has arrived', () => receiver.events().length === 1);
  expect(ids(receiver)).toEqual([id]);
});

test('a right that is taken away while the event waits for its connection is gone', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  const access = { version: 1, refresh: async () => undefined };
  let isPermitted = true;
  let revokes = false;
  await using system = await startEngine(db, {
    access,
    permits: () => isPermitted,
    send: (send) => async (url, request, mayStart) => {
      if (revokes) [isPermitted, access.version] = [false, 2];
      return send(url, request, mayStart);
    },
  });
  await system.subscribe(receiver.url());
  const open = await system.publish('open');
  await until('the first has arrived', () => receiver.events().length === 1);
  revokes = true;
  await system.publish('revoked');
  await until('the second is withheld', async () => {
    const [row] = await db.database.query<{ count: number }>(WITHHELD);
    return row?.count === 1;
  });
  expect(ids(receiver)).toEqual([open.id]);
  expect(resource).toBe(receiver.events()[0]?.['resource']);
});

const WITHHELD = sql(
  'test.withheld',
  `SELECT count(*)::int AS count FROM delivery_log WHERE state = 'withheld'`,
);
const CAUSES = sql('test.causes', `SELECT cause FROM delivery_log WHERE state = 'failed'`);

test('whatever a stranger makes an error say can be written down', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  let isBroken = true;
  await using system = await startEngine(db, {
    send: (send) => async (url, request, mayStart) => {
      if (!isBroken || String(request.body).includes('validatesubscription'))
        return send(url, request, mayStart);
      const detail = `altnames: \0 and ${'😀'.slice(0, 1)}`;
      return { kind: 'failed', cause: 'tls', detail, startedAt: undefined, endedAt: 0, reused: false };
    },
  });
  await system.subscribe(receiver.url());
  const { id } = await system.publish('d');
  const row = await until('the attempt is written down', async () => {
    const [first] = await db.database.query<{ cause: string }>(CAUSES);
    return first;
  });
  expect(row.cause).toBe('tls: altnames: \uFFFD and \uFFFD');
  isBroken = false;
  await until('the event has arrived', () => ids(receiver).includes(id));
});

test('a secret that cannot be opened stops its own subscription and no other', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  let isBroken = false;
  await using system = await startEngine(db, {
    openSecret: (subscription) => {
      if (isBroken && subscription === 1) throw new Error('sealed under another key');
      return { sign: () => 'v1,test' };
    },
  });
  const broken = await system.subscribe(receiver.url('/broken'));
  isBroken = true;
  await db.database.query(SET_STATE, [broken, 'active']);
  await system.subscribe(receiver.url('/whole'));
  await system.publish('d');
  await until('the other one has the event', () => receiver.events('/whole').length === 1);
  await until('the dialog waits', async () => (await count(db.database, PARKED)) === 1);
  expect(receiver.events('/broken')).toEqual([]);
});
