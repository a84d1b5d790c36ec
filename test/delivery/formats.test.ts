import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { formats } from '../../src/subscriptions/manner.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Arrival, Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { type EngineUnderTest, startEngine } from './harness.ts';

const SECRET = sql(
  'test.newest-secret',
  'SELECT sealed FROM subscription_secret WHERE subscription = $1 ORDER BY number DESC LIMIT 1',
);
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

let db: TestDatabase;
let receiver: Receiver;
let system: EngineUnderTest;
beforeAll(async () => {
  db = await openTestDatabase();
  receiver = await Receiver.open();
  system = await startEngine(db);
});
afterAll(async () => {
  await system[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

/** Throws unless both public libraries find the request genuine. */
function verify(secret: string, { headers, body }: Pick<Arrival, 'headers' | 'body'>): void {
  for (const Webhook of [StandardWebhook, SvixWebhook]) {
    try {
      new Webhook(secret).verify(body, headers as Record<string, string>);
    } catch (thrown) {
      // Once they have verified it they read it as JSON, and an event without data has no body in binary mode.
      if (body !== '' || !(thrown instanceof SyntaxError)) throw thrown;
    }
  }
}

async function secretOf(subscription: number): Promise<string> {
  const [row] = await db.database.query<{ sealed: Buffer }>(SECRET, [subscription]);
  return row!.sealed.toString();
}

describe.each(formats)('as %s', (format) => {
  const path = `/${format}`;

  test('handshake and events arrive, and are genuine to the public libraries', async () => {
    const id = await system.subscribe(receiver.url(path), { format });
    const secret = await secretOf(id);
    const { id: event, bytes, position } = await system.publish(`søknad-${format}`, { trace: TRACE });
    await until('the event has arrived', () => receiver.events(path).length > 0);
    expect(receiver.handshakes(path)).toHaveLength(1);
    expect(receiver.events(path)).toEqual([JSON.parse(bytes)]);
    const arrivals = receiver.arrivals.filter((arrival) => arrival.path === path);
    for (const arrival of arrivals) verify(secret, arrival);
    expect(arrivals[1]?.headers).toMatchObject({
      ...{ 'webhook-id': event, 'user-agent': 'Budstikka', traceparent: TRACE },
      ...{ 'budstikka-delivery': `${id}-${position}`, 'budstikka-attempt': '1' },
      ...{ 'budstikka-subscription': String(id), 'budstikka-position': `b1.00000000.${position}.check` },
    });
  });

  test('a request that was tampered with is not', async () => {
    const { headers, body } = receiver.arrivals.findLast((arrival) => arrival.path === path)!;
    const secret = await secretOf(Number(headers['budstikka-subscription']));
    expect(() => verify(secret, { headers, body: `${body} ` })).toThrow('No matching signature');
    const renamed = { ...headers, 'webhook-id': 'another' };
    expect(() => verify(secret, { headers: renamed, body })).toThrow('No matching signature');
  });
});

test('Slack is told handshake and events as messages', async () => {
  const path = '/hooks.slack.com/services/T';
  await system.subscribe(receiver.url(path));
  const { bytes } = await system.publish('slack');
  await until('the event has arrived', () => receiver.events(path).length > 0);
  expect(receiver.handshakes(path)).toHaveLength(1);
  const arrivals = receiver.arrivals.filter((arrival) => arrival.path === path);
  for (const { body } of arrivals) expect(Object.keys(JSON.parse(body) as object)).toEqual(['text']);
  expect(receiver.events(path)).toEqual([JSON.parse(bytes)]);
});

test('the watermark stays below what is open or parked, and follows what is settled', async () => {
  const path = '/watermark';
  await system.subscribe(receiver.url(path));
  let isRefused = true;
  receiver.answer((arrival) =>
    arrival.path === path && isRefused && arrival.body.includes('"bad"') ? 500 : 200,
  );
  const bad = await system.publish('bad');
  await until('the first has been refused', () => receiver.events(path).length > 0);
  const watermarkOf = (event: string) => {
    const arrival = receiver.arrivals.findLast((one) => one.path === path && one.body.includes(event));
    return Number(String(arrival?.headers['budstikka-watermark']).split('.')[2]);
  };
  const others = [await system.publish('good'), await system.publish('good')];
  await until('the others have arrived', () => receiver.events(path).some(({ id }) => id === others[1]?.id));
  for (const { id } of others) expect(watermarkOf(id)).toBeLessThan(bad.position);
  isRefused = false;
  await until('the watermark has passed it', async () => {
    const { id } = await system.publish('later');
    await until('it has arrived', () => receiver.events(path).some((event) => event['id'] === id));
    return watermarkOf(id) >= others[1]!.position;
  });
});
