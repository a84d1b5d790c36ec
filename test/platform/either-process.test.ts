import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import { readConfig } from '../../src/config.ts';
import { openLog } from '../../src/lib/log.ts';
import { type Platform, startPlatform } from '../../src/platform.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { COMPANY, MANAGER, SERVICE, TTD } from '../support/platform.ts';

/** Two processes on one database, of which the first is then started again: whoever asks cannot tell them apart. */

const API = '/dialogporten/api/v1';
const DIALOGS = '/serviceowner/dialogs';

interface Running {
  readonly base: string;
  readonly platform: Platform;
}

let db: TestDatabase;
let dataDir: string;
let one: Running;
let other: Running;
let owner: string;
let manager: string;

async function start(): Promise<Running> {
  const port = await freePort();
  const settings = {
    DATABASE_URL: db.url,
    DATA_DIR: dataDir,
    PORT: String(port),
    BASE_URL: 'http://127.0.0.1:5080',
  };
  const names = Object.entries(settings).map(([name, value]) => [`BUDSTIKKA_${name}`, value]);
  const config = readConfig(Object.fromEntries(names), 'dev');
  const platform = await startPlatform({ config, log: openLog({ level: 'silent' }) });
  return { base: `http://127.0.0.1:${port}`, platform };
}

async function token(kind: string, query: Record<string, string>): Promise<string> {
  return (await fetch(`${one.base}/dev/token/${kind}?${new URLSearchParams(query)}`)).text();
}

beforeAll(async () => {
  db = await openTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'budstikka-'));
  one = await start();
  other = await start();
  const PROVIDER = 'digdir:dialogporten.serviceprovider';
  owner = await token('GetEnterpriseToken', { ...TTD, scopes: `${PROVIDER} ${PROVIDER}.search` });
  manager = await token('GetPersonalToken', { pid: MANAGER, scopes: 'digdir:dialogporten' });
});
afterAll(async () => {
  await one.platform[Symbol.asyncDispose]();
  await other.platform[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

async function restart(): Promise<void> {
  await one.platform[Symbol.asyncDispose]();
  one = await start();
}

interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly ifMatch?: string | null;
}

interface Answer<Body> {
  readonly status: number;
  readonly etag: string | null;
  readonly body: Body;
}

async function send<Body = unknown>(
  { base }: Running,
  path: string,
  { method, body, ifMatch }: Asked = {},
): Promise<Answer<Body>> {
  const answer = await fetch(base + API + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      authorization: `Bearer ${path.startsWith('/enduser') ? manager : owner}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(ifMatch && { 'if-match': ifMatch }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    etag: answer.headers.get('etag'),
    body: (text === '' ? undefined : JSON.parse(text)) as Body,
  };
}

function dialog(more: object = {}) {
  const content = { title: { value: [{ languageCode: 'nb', value: 'En søknad' }] } };
  return { serviceResource: SERVICE, party: COMPANY, content, ...more };
}

const create = async (at: Running, more: object = {}) =>
  (await send<string>(at, DIALOGS, { body: dialog(more) })).body;

test('a person has the same masked id, in the dialog, in lists and in the logs', async () => {
  const activities = [
    {
      type: 'FormSaved',
      performedBy: {
        actorType: 'PartyRepresentative',
        actorId: `urn:altinn:person:identifier-no:${MANAGER}`,
      },
    },
  ];
  const id = await create(one, { activities });
  await send(other, `/enduser/dialogs/${id}/context/systemlabels`, {
    method: 'PUT',
    body: { addLabels: ['Bin'] },
  });
  const ids = new Set<string>();
  const collect = async (at: Running) => {
    for (const path of ['', '/activities', '/seenlog', '/context/labellog']) {
      const { body } = await send(at, `/enduser/dialogs/${id}${path}`);
      const text = JSON.stringify(body);
      expect(text).not.toContain(MANAGER);
      for (const masked of text.match(/identifier-ephemeral:[0-9a-f]+/g) ?? []) ids.add(masked);
    }
  };
  await collect(one);
  await collect(other);
  await restart();
  await collect(one);
  expect([...ids]).toEqual([expect.stringMatching(/^identifier-ephemeral:[0-9a-f]{10}$/)]);
});

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly continuationToken: string;
}

test.each([DIALOGS, '/enduser/dialogs'])(
  'a list of %s goes on at either from a page of either',
  async (path) => {
    const externalReference = `side ${path}`;
    const ids: string[] = [];
    for (let n = 0; n < 4; n++) ids.unshift(await create(one, { externalReference }));
    const query = `${path}?limit=1&party=${COMPANY}&externalReference=${encodeURIComponent(externalReference)}`;
    const read: string[] = [];
    let continuation = '';
    for (const turn of [() => one, () => other, restart, () => other]) {
      const at = (await turn()) ?? one;
      const { body } = await send<Page>(at, query + continuation);
      read.push(...body.items.map((item) => item.id));
      continuation = `&continuationToken=${encodeURIComponent(body.continuationToken)}`;
    }
    expect(read).toEqual(ids);
  },
);

test('an entity tag of one is good at the other, and stale everywhere once it is', async () => {
  const created = await send<string>(one, DIALOGS, { body: dialog() });
  const at = `${DIALOGS}/${created.body}`;
  const patch = (value: number) => ({ method: 'PATCH', body: [{ op: 'replace', path: '/progress', value }] });
  const changed = await send(other, at, { ...patch(1), ifMatch: created.etag });
  expect(changed.status).toBe(204);
  expect((await send(one, at, { ...patch(2), ifMatch: created.etag })).status).toBe(412);
  expect((await send(other, at)).etag).toBe(changed.etag);
  expect((await send(one, at, { ...patch(2), ifMatch: changed.etag })).status).toBe(204);
  const labels = `/enduser/dialogs/${created.body}/context/systemlabels`;
  const moved = await send(one, labels, { method: 'PUT', body: { addLabels: ['Bin'] } });
  const archived = { method: 'PUT', body: { addLabels: ['Archive'] }, ifMatch: moved.etag };
  expect((await send(other, labels, archived)).status).toBe(204);
  expect((await send(one, labels, archived)).status).toBe(412);
});

test('an idempotent key makes one dialog, whoever is asked, and each is told which', async () => {
  const body = dialog({ idempotentKey: 'everywhere' });
  const answers = await Promise.all(
    [one, other, one, other].map((at) => send<string>(at, DIALOGS, { body })),
  );
  const made = answers.filter(({ status }) => status === 201);
  expect(made).toHaveLength(1);
  await restart();
  for (const at of [one, other]) {
    const again = await send(at, DIALOGS, { body });
    expect(again).toMatchObject({ status: 409, body: { dialogId: made[0]?.body } });
  }
});

test('either shows the same public keys', async () => {
  const keys = await Promise.all([one, other].map((at) => send(at, '/.well-known/jwks.json')));
  expect(keys[0]?.body).toEqual(keys[1]?.body);
});
