import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import { readConfig } from '../../src/config.ts';
import { openLog } from '../../src/lib/log.ts';
import { startPlatform } from '../../src/platform.ts';
import { openTestDatabase } from '../support/database.ts';
import { COMPANY, MANAGER, SERVICE, TTD } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const DIALOGS = '/dialogporten/api/v1/serviceowner/dialogs';
const ROUNDS = 4;

test('two processes on one database are restarted in turn, and nothing is lost or out of order', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  const dataDir = await mkdtemp(join(tmpdir(), 'budstikka-'));
  // One origin for both: tokens made by one are good at the other.
  const start = async () => {
    const port = await freePort();
    const env = {
      DATABASE_URL: db.url,
      DATA_DIR: dataDir,
      PORT: String(port),
      BASE_URL: 'http://127.0.0.1:5080',
    };
    const names = Object.entries({ ...env, LEASE_MS: '1000' }).map(([name, value]) => [
      `BUDSTIKKA_${name}`,
      value,
    ]);
    const config = readConfig(Object.fromEntries(names), 'dev');
    const platform = await startPlatform({ config, log: openLog({ level: 'silent' }) });
    return { base: `http://127.0.0.1:${port}`, platform };
  };
  const token = async (base: string, kind: string, query: Record<string, string>) =>
    (await fetch(`${base}/dev/token/${kind}?${new URLSearchParams(query)}`)).text();
  const post = async (
    base: string,
    path: string,
    request: { token: string; body: object; method?: string },
  ) => {
    const answer = await fetch(`${base}${path}`, {
      method: request.method ?? 'POST',
      headers: { authorization: `Bearer ${request.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(request.body),
    });
    expect(answer.status).toBeLessThan(300);
    return answer.status === 204 ? '' : answer.json();
  };

  let [old, other] = [await start(), await start()];
  try {
    const owner = await token(old.base, 'GetEnterpriseToken', {
      ...TTD,
      scopes: 'digdir:dialogporten.serviceprovider',
    });
    const manager = await token(old.base, 'GetPersonalToken', {
      pid: MANAGER,
      scopes: 'altinn:events.subscribe',
    });
    const filter = { endPoint: receiver.url(), resourceFilter: SERVICE, subjectFilter: COMPANY };
    await post(old.base, '/events/api/v1/subscriptions', { token: manager, body: filter });
    const content = { title: { value: [{ languageCode: 'nb', value: 'En søknad' }] } };
    const body = { serviceResource: SERVICE, party: COMPANY, content };
    const id = String(await post(old.base, DIALOGS, { token: owner, body }));

    let changes = 0;
    const change = async (base: string) => {
      const patch = [{ op: 'replace', path: '/progress', value: ++changes }];
      await post(base, `${DIALOGS}/${id}`, { token: owner, body: patch, method: 'PATCH' });
    };
    for (let round = 0; round < ROUNDS; round++) {
      for (let n = 0; n < 5; n++) await change(other.base);
      // One leaves while the other goes on being written to, and comes back anew.
      const leaving = old.platform[Symbol.asyncDispose]();
      for (let n = 0; n < 5; n++) await change(other.base);
      await leaving;
      [old, other] = [other, await start()];
    }
    const arrived = () => receiver.events().map((event) => event['dialogsequence']);
    const expected = Array.from({ length: changes + 1 }, (_, n) => n + 1);
    await until('everything has arrived', () => new Set(arrived()).size === expected.length, {
      timeout: 20_000,
    });
    expect([...new Set(arrived())]).toEqual(expected);
    expect(arrived()).toHaveLength(expected.length);
  } finally {
    await old.platform[Symbol.asyncDispose]();
    await other.platform[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true });
  }
}, 60_000);
