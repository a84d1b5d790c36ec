import { expect, test } from 'vitest';
import { type Database, sql } from '../../src/db/database.ts';
import { openTestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { type EngineUnderTest, startEngine } from './harness.ts';

const BREAKER = sql('test.breaker', 'SELECT phase, because, probes FROM breaker');
const ATTEMPTS = sql('test.attempts', 'SELECT order_key, attempt FROM parked_dialog');
const DUE = sql('test.due', `UPDATE breaker SET next_at = clock_timestamp()`);
const LONG_AGO = sql(
  'test.long-ago',
  `UPDATE breaker SET since = clock_timestamp() - $1 * interval '1 second'`,
);
const STATE = sql('test.state', 'SELECT state, state_reason FROM subscription WHERE id = $1');
const TOLD = sql(
  'test.told',
  `SELECT type, owner, audience, bytes FROM event WHERE type LIKE 'budstikka.subscription.%' ORDER BY position`,
);

interface BreakerRow {
  readonly phase: string;
  readonly because: string;
  readonly probes: number;
}

async function breaker(database: Database): Promise<BreakerRow | undefined> {
  return (await database.query<BreakerRow>(BREAKER))[0];
}

async function attempts(database: Database): Promise<Record<string, number>> {
  const rows = await database.query<{ order_key: string; attempt: number }>(ATTEMPTS);
  return Object.fromEntries(rows.map(({ order_key, attempt }) => [order_key.split(' ')[1], attempt]));
}

const ids = (receiver: Receiver) => receiver.events().map(({ id }) => id);

/** Three dialogs that are refused: the endpoint is held. */
async function fail(system: EngineUnderTest, database: Database): Promise<string[]> {
  const published = [];
  for (const dialog of ['a', 'b', 'c']) published.push((await system.publish(dialog)).id);
  await until('it is held', async () => (await breaker(database))?.phase === 'held');
  return published;
}

/** Second retries come so late that a breaker, not the schedule, decides what is sent. */
const settings = { windowMs: 0, schedule: { delays: [1000, 3_600_000, 3_600_000], jitter: 0 } };

test('an endpoint that refuses everything is left alone, and its events keep their attempts', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, { settings });
  await system.subscribe(receiver.url());
  receiver.answer(() => 500);
  const first = await fail(system, db.database);
  const arrived = receiver.events().length;
  const more: string[] = [];
  for (let number = 0; number < 40; number++) more.push((await system.publish(`d${number % 8}`)).id);
  expect(receiver.events().length).toBe(arrived);
  expect(Object.values(await attempts(db.database)).filter((one) => one > 1)).toEqual([]);
  receiver.answer(() => 200);
  await until('everything has come', () => new Set(ids(receiver)).size === 43, { timeout: 25_000 });
  await until('it is sound again', async () => (await breaker(db.database)) === undefined);
  await until('nobody waits', async () => Object.keys(await attempts(db.database)).length === 0);
  const firsts = [...new Set(ids(receiver))];
  const isOfDialog = (number: number) => (_: string, index: number) => index % 8 === number;
  for (let number = 0; number < 8; number++) {
    const dialog = more.filter(isOfDialog(number));
    expect(firsts.filter((id) => dialog.includes(id as string))).toEqual(dialog);
  }
  expect(new Set(firsts)).toEqual(new Set([...first, ...more]));
}, 40_000);

test('Retry-After is honoured by the next process too, and uses up no attempt', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  let waits: string;
  {
    await using system = await startEngine(db, { settings });
    await system.subscribe(receiver.url());
    receiver.answer(() => (response) => void response.writeHead(429, { 'retry-after': '3600' }).end());
    waits = (await system.publish('a')).id;
    await until('it is held', async () => (await breaker(db.database))?.because === 'asked');
    await system.publish('b');
  }
  receiver.answer(() => 200);
  await using system = await startEngine(db, { settings });
  await until('the lanes are taken over', () => system.engine.lanesHeld === 256);
  await system.publish('c');
  expect(ids(receiver)).toEqual([waits]);
  expect(await attempts(db.database)).toEqual({});
});

test('a wait that is over is followed by everything', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, { settings });
  await system.subscribe(receiver.url());
  let refusals = 1;
  receiver.answer(() => (response) => {
    if (refusals-- > 0) response.writeHead(503, { 'retry-after': '1' }).end();
    else response.end();
  });
  const published = [(await system.publish('a')).id, (await system.publish('b')).id];
  published.push((await system.publish('a')).id);
  await until('all have come', () => new Set(ids(receiver)).size === 3);
  const ofA = [...new Set(ids(receiver))].filter((id) => id !== published[1]);
  expect(ofA).toEqual([published[0], published[2]]);
  await until('it is sound again or on its way', async () => (await breaker(db.database))?.phase !== 'held');
});

test('an endpoint that says 410 is asked, and disabled when it says it again', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, {
    settings,
    send: (send) => async (url, request, mayStart) => {
      const result = await send(url, request, mayStart);
      const isLater = receiver.handshakes().length > 1 && result.kind === 'answered';
      return isLater && String(request.body).includes('validatesubscription')
        ? { ...result, status: 410 }
        : result;
    },
  });
  const id = await system.subscribe(receiver.url());
  receiver.answer(() => 410);
  await system.publish('a');
  const state = async () => (await db.database.query<Record<string, string>>(STATE, [id]))[0];
  await until('it is disabled', async () => (await state())?.['state'] === 'disabled');
  expect(await state()).toEqual({ state: 'disabled', state_reason: 'gone' });
  expect(receiver.handshakes()).toHaveLength(2);
  await system.publish('b');
  expect(receiver.events()).toHaveLength(1);
});

test('an endpoint that took 410 back goes on', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, { settings });
  await system.subscribe(receiver.url());
  let refusals = 1;
  receiver.answer(() => (refusals-- > 0 ? 410 : 200));
  const { id } = await system.publish('a');
  await until('it has come again', () => ids(receiver).length === 2);
  expect(ids(receiver)).toEqual([id, id]);
  expect(receiver.handshakes()).toHaveLength(2);
});

test('the maker is told before a subscription is disabled, and when it is', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  let id: number;
  {
    await using system = await startEngine(db, { settings });
    id = await system.subscribe(receiver.url());
    receiver.answer(() => 500);
    await fail(system, db.database);
  }
  const told = async () => {
    const rows = await db.database.query<Record<'type' | 'owner' | 'audience' | 'bytes', string>>(TOLD);
    return rows.map((row) => ({ ...row, event: JSON.parse(row.bytes) as { data: Record<string, unknown> } }));
  };
  const fromThen = async (seconds: number, count: number) => {
    await db.database.query(LONG_AGO, [seconds]);
    await db.database.query(DUE);
    await using system = await startEngine(db, { settings });
    await until('the maker is told', async () => (await told()).length === count);
    await system.publish('d');
  };
  await fromThen(4.5 * 86_400, 1);
  await fromThen(5.5 * 86_400, 2);
  const [announced, disabled] = await told();
  expect(announced).toMatchObject({ type: 'budstikka.subscription.disabling.v1', owner: '991825827' });
  expect(announced?.event.data).toMatchObject({ subscription: id, endPoint: receiver.url() });
  expect(disabled).toMatchObject({ type: 'budstikka.subscription.disabled.v1', audience: 'owner' });
  expect(disabled?.event.data).toMatchObject({ subscription: id, reason: 'failing' });
  const [state] = await db.database.query<object>(STATE, [id]);
  expect(state).toEqual({ state: 'disabled', state_reason: 'failing' });
});
