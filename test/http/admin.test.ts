import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { policy } from '../support/policies.ts';
import { COMPANY, SERVICE, startTestPlatform, type TestPlatform, TTD } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

let platform: TestPlatform;
let admin: string;

beforeAll(async () => {
  platform = await startTestPlatform({ DATABASE_STATEMENT_TIMEOUT_MS: '1000' });
  admin = await platform.token('GetEnterpriseToken', { ...TTD, scopes: 'budstikka:admin' });
});
afterAll(() => platform[Symbol.asyncDispose]());

const ADMIN = '/budstikka/api/v1/admin';
const ACCOUNTANT = '08815512058';
const NEWCOMER = 'urn:altinn:person:identifier-no:23877236943';

interface Answer {
  readonly status: number;
  // biome-ignore lint: tests look into answers freely
  readonly body: Record<string, unknown>;
}

async function call(method: string, path: string, body?: unknown, token = admin): Promise<Answer> {
  const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const answer = await platform.call(token, ADMIN + path, init);
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}

const put = (path: string, body: unknown) => call('PUT', path, body);
const forget = (to: string, party: string) => call('DELETE', `/grants?${new URLSearchParams({ to, party })}`);

async function versionOf(answer: Promise<Answer>): Promise<number> {
  const { status, body } = await answer;
  expect({ status, body }).toMatchObject({ status: 200, body: { changed: true } });
  return body['accessVersion'] as number;
}

describe('who may change access', () => {
  const grant = { to: NEWCOMER, party: COMPANY };

  test('needs a token with the scope, and no other scope will do', async () => {
    const scopes = 'digdir:dialogporten.serviceprovider altinn:events.publish.admin altinn:serviceowner';
    const owner = await platform.token('GetEnterpriseToken', { ...TTD, scopes });
    for (const [method, path, body] of [
      ['PUT', '/grants', grant],
      ['DELETE', '/grants?to=a&party=b', undefined],
      ['PUT', '/parties/persons', {}],
      ['PUT', '/resources/a', {}],
      ['GET', '/audit', undefined],
    ] as const) {
      expect(await call(method, path, body, owner)).toMatchObject({
        status: 403,
        body: { code: 'scope-missing' },
      });
      expect(await call(method, path, body, 'nonsense')).toMatchObject({ status: 401 });
    }
  });

  test('is described with everything else', async () => {
    const { paths } = (await (await fetch(`${platform.base}/openapi.json`)).json()) as { paths: object };
    expect(
      Object.keys(paths)
        .filter((path) => path.startsWith(ADMIN))
        .toSorted(),
    ).toEqual([
      `${ADMIN}/audit`,
      `${ADMIN}/grants`,
      `${ADMIN}/parties/{kind}`,
      `${ADMIN}/resources/{identifier}`,
    ]);
    expect(JSON.stringify(paths)).toContain('mainAdministrator');
  });
});

describe('a change', () => {
  test('is known on every channel once it is answered, and so is its end', async () => {
    await using receiver = await Receiver.open();
    const accountant = await platform.token('GetPersonalToken', {
      ...{ pid: ACCOUNTANT, scopes: 'digdir:dialogporten altinn:events.subscribe' },
    });
    const to = `urn:altinn:person:identifier-no:${ACCOUNTANT}`;
    const subscribe = () =>
      platform.call(accountant, '/events/api/v1/subscriptions', {
        method: 'POST',
        body: JSON.stringify({
          ...{ endPoint: receiver.url(), resourceFilter: SERVICE, subjectFilter: COMPANY },
        }),
      });
    expect((await subscribe()).status).toBe(403);
    const granted = await versionOf(put('/grants', { to, party: COMPANY, roles: ['DAGL'] }));
    const made = await subscribe();
    expect(made.status).toBe(201);
    const { id } = (await made.json()) as { id: number };
    await until('it is validated', async () => {
      const read = await platform.call(accountant, `/events/api/v1/subscriptions/${id}`);
      return ((await read.json()) as { validated: boolean }).validated;
    });
    await publish();
    await until('the event arrives', () => receiver.events().length === 1);
    expect(await versionOf(forget(to, COMPANY))).toBe(granted + 1);
    await publish();
    await until('it is withheld', async () => {
      const withheld = sql('withheld', "SELECT FROM delivery_log WHERE state = 'withheld'");
      return (await platform.db.database.query(withheld)).length > 0;
    });
    const poll = `/events/api/v1/events?after=0&resource=${SERVICE}`;
    expect(await (await platform.call(accountant, poll)).json()).toEqual([]);
    expect(receiver.events()).toHaveLength(1);
  });

  async function publish(): Promise<void> {
    const token = await platform.token('GetEnterpriseToken', {
      ...{ ...TTD, scopes: 'altinn:events.publish altinn:events.publish.admin' },
    });
    const answer = await platform.call(token, '/events/api/v1/events', {
      ...{ method: 'POST', headers: { 'content-type': 'application/cloudevents+json' } },
      body: JSON.stringify({
        ...{
          specversion: '1.0',
          id: crypto.randomUUID(),
          source: 'https://example.no/',
          type: 'no.example.x',
        },
        ...{ resource: SERVICE, subject: COMPANY },
      }),
    });
    expect(answer.status).toBe(200);
  }

  test('that changes nothing says so and leaves the version', async () => {
    const person = { pid: '23877236943', name: 'NY PERSON' };
    const version = await versionOf(put('/parties/persons', person));
    expect(await put('/parties/persons', person)).toEqual({
      status: 200,
      body: { accessVersion: version, changed: false },
    });
    expect(await forget(NEWCOMER, 'urn:altinn:organization:identifier-no:310923044')).toEqual({
      status: 200,
      body: { accessVersion: version, changed: false },
    });
  });

  test('of a resource brings its policy, and the policy decides from then on', async () => {
    const text = await readFile(
      new URL('../../examples/registry/resources/super-simple-service.json', import.meta.url),
    );
    const resource = { ...(JSON.parse(String(text)) as object), identifier: 'made-by-admin' };
    const mine = policy('made-by-admin').permit({ orgs: ['ttd'], actions: ['subscribe'] });
    const path = '/resources/made-by-admin';
    await versionOf(put(path, { resource, policy: mine.xml() }));
    const owner = await platform.token('GetEnterpriseToken', { ...TTD, scopes: 'altinn:events.subscribe' });
    const subscribe = async () => {
      const body = JSON.stringify({
        ...{ endPoint: 'http://127.0.0.1:9/', resourceFilter: 'urn:altinn:resource:made-by-admin' },
      });
      return (await platform.call(owner, '/events/api/v1/subscriptions', { method: 'POST', body })).status;
    };
    expect(await subscribe()).toBe(201);
    const others = policy('made-by-admin').permit({ orgs: ['skd'], actions: ['subscribe'] });
    await versionOf(put(path, { resource, policy: others.xml() }));
    expect(await subscribe()).toBe(403);
  });
});

describe('a fault is named by its path', () => {
  const person = { pid: '23877236943', name: 'NY PERSON' };

  test.each<[string, string, unknown, Record<string, string[]>]>([
    ['a missing member', '/grants', { to: NEWCOMER }, { '$.party': ['is missing'] }],
    [
      'an unknown one, deep down',
      '/grants',
      { to: NEWCOMER, party: COMPANY, resources: [{ resource: SERVICE, actions: [], Actions: [] }] },
      { '$.resources[0].Actions': ['is not known here'] },
    ],
    [
      'a reference that leads nowhere',
      '/grants',
      { to: 'urn:altinn:person:identifier-no:31905520299', party: COMPANY },
      { '$.to': ['names nobody in the register'] },
    ],
    [
      'a number that cannot be',
      '/parties/persons',
      { ...person, pid: '123' },
      { '$.pid': ["must be a person's number (eleven digits, mod-11)"] },
    ],
    [
      'a main unit that is itself a sub-unit',
      '/parties/organizations',
      { orgNumber: '314005627', name: 'NY', mainUnit: '313211452' },
      { '$.mainUnit': ['names a main unit that is itself a sub-unit'] },
    ],
    [
      'a member outside',
      '/resources/a',
      { resource: {}, policy: '', more: 1 },
      { more: ['is not known here'] },
    ],
    [
      'a resource under another name',
      '/resources/a',
      { resource: { identifier: 'b' }, policy: '' },
      { '$.identifier': ['must be the one in the path'] },
    ],
  ])('%s', async (_, path, body, errors) => {
    expect(await put(path, body)).toMatchObject({ status: 400, body: { code: 'request-invalid', errors } });
  });

  test('and a policy by element and line', async () => {
    const text = await readFile(
      new URL('../../examples/registry/resources/super-simple-service.json', import.meta.url),
    );
    const broken = policy('super-simple-service')
      .permit({ actions: ['read'] })
      .xml()
      .replace('</xacml:Rule>', '');
    const answer = await put('/resources/super-simple-service', {
      ...{ resource: JSON.parse(String(text)) as object, policy: broken },
    });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body['errors'])).toMatch(/policy.*line \d+/i);
  });

  test('and a path that is none', async () => {
    expect(await put('/parties/animals', {})).toMatchObject({
      status: 400,
      body: { code: 'request-invalid' },
    });
    expect(await call('DELETE', '/grants?to=x')).toMatchObject({
      status: 400,
      body: { errors: { party: ['must be given'] } },
    });
    expect(await put('/nothing', {})).toMatchObject({ status: 404 });
    expect((await platform.call(admin, `${ADMIN}/grants`, { method: 'PUT' })).status).toBe(400);
  });
});

test('who changed what can be read page by page, and who had no right left no trace', async () => {
  await versionOf(put('/parties/persons', { pid: '23877236943', name: 'ETTER' }));
  const all: Record<string, unknown>[] = [];
  let next = '0';
  for (;;) {
    const { body } = await call('GET', `/audit?after=${next}&size=3`);
    const entries = body['entries'] as Record<string, unknown>[];
    if (entries.length === 0) break;
    expect(entries.length).toBeLessThanOrEqual(3);
    all.push(...entries);
    next = body['next'] as string;
  }
  expect(all.at(-1)).toMatchObject({
    ...{ actor: '/org/ttd', kind: 'party', key: NEWCOMER },
    after: { name: 'ETTER' },
  });
  expect(new Set(all.map(({ actor }) => actor))).toEqual(new Set(['start', '/org/ttd']));
  expect((await call('GET', `/audit?after=${next}`)).body).toEqual({ entries: [], next });
});

test('two changes at once both count; one that has to wait for too long is told to try again', async () => {
  const grant = { to: NEWCOMER, party: COMPANY };
  const roles = ['DAGL', 'REGNA', 'REVI', 'BOBE', 'DTPR'];
  const versions = await Promise.all(
    roles.map((role) => versionOf(put('/grants', { ...grant, roles: [role] }))),
  );
  expect(new Set(versions).size).toBe(roles.length);
  await platform.db.database.transaction(async (transaction) => {
    await transaction.query(sql('hold', "SELECT FROM version WHERE name = 'access' FOR UPDATE"));
    await transaction.query(
      sql('long', "SELECT set_config('idle_in_transaction_session_timeout', '60s', true)"),
    );
    expect(await put('/grants', { ...grant, roles: ['LEDE'] })).toMatchObject({
      status: 409,
      body: { code: 'concurrent-change' },
    });
  });
  await versionOf(put('/grants', { ...grant, roles: ['LEDE'] }));
});
