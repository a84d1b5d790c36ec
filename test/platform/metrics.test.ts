import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { COMPANY, MANAGER, SERVICE, startTestPlatform, type TestPlatform, TTD } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const TOKEN = 'a-secret-of-prometheus';
const PAUSE = sql(
  'test.pause',
  `UPDATE subscription SET state = 'paused', version = bump_version('subscription') WHERE id = $1`,
);

let platform: TestPlatform;
let receiver: Receiver;
let owner: string;
let manager: string;

beforeAll(async () => {
  platform = await startTestPlatform({ METRICS_TOKEN: TOKEN });
  receiver = await Receiver.open();
  const scopes = 'digdir:dialogporten.serviceprovider';
  owner = await platform.token('GetEnterpriseToken', { ...TTD, scopes });
  manager = await platform.token('GetPersonalToken', { pid: MANAGER, scopes: 'altinn:events.subscribe' });
});
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

/** The samples of a scrape, by name with labels. */
async function scrape(): Promise<Map<string, number>> {
  const answer = await platform.call(TOKEN, '/metrics');
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

async function createDialog(): Promise<void> {
  const content = { title: { value: [{ languageCode: 'nb', value: 'En søknad' }] } };
  const body = JSON.stringify({ serviceResource: SERVICE, party: COMPANY, status: 'InProgress', content });
  const path = '/dialogporten/api/v1/serviceowner/dialogs';
  expect((await platform.call(owner, path, { method: 'POST', body })).status).toBe(201);
}

test('whoever has not the token sees nothing', async () => {
  expect((await fetch(`${platform.base}/metrics`)).status).toBe(401);
  expect((await platform.call('another', '/metrics')).status).toBe(401);
});

test('attempts, requests, and what waits for a receiver that refuses or a subscription that is paused are shown', async () => {
  receiver.answer(() => 503);
  const body = JSON.stringify({
    endPoint: receiver.url('/'),
    resourceFilter: SERVICE,
    subjectFilter: COMPANY,
  });
  const made = await platform.call(manager, '/events/api/v1/subscriptions', { method: 'POST', body });
  const { id } = (await made.json()) as { id: number };
  await createDialog();
  await until('the event has been refused', async () => {
    const samples = await scrape();
    return (
      samples.get('budstikka_delivery_attempts_total{outcome="failed"}') === 1 &&
      samples.get('budstikka_parked_dialogs{state="active"}') === 1
    );
  });
  const refused = await scrape();
  expect(refused.get('budstikka_delivery_lag_seconds{state="active"}')).toBeGreaterThan(0);
  expect(refused.get('budstikka_subscriptions{state="active"}')).toBe(1);
  expect(refused.get('budstikka_delivery_attempt_seconds_count')).toBe(1);
  expect(refused.get('budstikka_lanes_held')).toBe(256);
  expect(refused.get('budstikka_lanes_without_owner')).toBe(0);
  expect(refused.get('budstikka_horizon_age_seconds')).toBe(0);
  expect(refused.get('budstikka_live_streams')).toBe(0);
  const create = '{method="POST",route="/dialogporten/api/v1/serviceowner/dialogs",status="201"}';
  expect(refused.get(`budstikka_http_request_seconds_count${create}`)).toBe(1);

  await platform.db.database.query(PAUSE, [id]);
  await until('its lag is that of a paused subscription', async () => {
    const lag = (await scrape()).get('budstikka_delivery_lag_seconds{state="paused"}');
    return lag !== undefined && lag > 0;
  });
  expect([...(await scrape()).keys()].join()).not.toContain(MANAGER);
}, 60_000);
