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

/** What was told before the first process was started again. */
interface Told {
  readonly dialog: string;
  readonly masks: readonly string[];
  /** What was made with one idempotent key. */
  readonly keyed: readonly string[];
  readonly pages: ReadonlyMap<string, Page>;
}

let told: Told;

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly continuationToken: string;
}

const LISTS = [DIALOGS, '/enduser/dialogs'];
const list = (at: Running, path: string, continuation = '') =>
  send<Page>(at, `${path}?limit=1&party=${COMPANY}&externalReference=side${continuation}`);
const goOn = (at: Running, path: string, { continuationToken }: Page) =>
  list(at, path, `&continuationToken=${encodeURIComponent(continuationToken)}`);

const KEYED = dialog({ idempotentKey: 'everywhere', externalReference: 'side' });

/** Every mask in the dialog and in its logs. */
async function masksIn(at: Running, id: string): Promise<string[]> {
  const masks = new Set<string>();
  for (const path of ['', '/activities', '/seenlog', '/context/labellog']) {
    const text = JSON.stringify((await send(at, `/enduser/dialogs/${id}${path}`)).body);
    expect(text).not.toContain(MANAGER);
    for (const [mask] of text.matchAll(/identifier-ephemeral:[0-9a-f]+/g)) masks.add(mask);
  }
  return [...masks];
}

beforeAll(async () => {
  const performedBy = {
    actorType: 'PartyRepresentative',
    actorId: `urn:altinn:person:identifier-no:${MANAGER}`,
  };
  const id = await create(one, {
    externalReference: 'side',
    activities: [{ type: 'FormSaved', performedBy }],
  });
  const labels = { method: 'PUT', body: { addLabels: ['Bin'] } };
  await send(other, `/enduser/dialogs/${id}/context/systemlabels`, labels);
  const keys = await Promise.all(
    [one, other, one, other].map((at) => send<string>(at, DIALOGS, { body: KEYED })),
  );
  const keyed = keys.filter(({ status }) => status === 201).map(({ body }) => body);
  const pages = new Map<string, Page>();
  for (const path of LISTS) pages.set(path, (await list(one, path)).body);
  told = { dialog: id, masks: await masksIn(one, id), keyed, pages };
  await one.platform[Symbol.asyncDispose]();
  one = await start();
});

test('a person has the same masked id, in the dialog and in its logs', async () => {
  expect(told.masks).toEqual([expect.stringMatching(/^identifier-ephemeral:[0-9a-f]{10}$/)]);
  expect(await masksIn(one, told.dialog)).toEqual(told.masks);
  expect(await masksIn(other, told.dialog)).toEqual(told.masks);
});

test('readings at both at the same moment, also of what was marked as unopened, make one entry', async () => {
  const id = await create(one);
  const path = `/enduser/dialogs/${id}`;
  const readings = async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => send(n % 2 ? one : other, path)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    return (await send<{ id: string }[]>(one, `${path}/seenlog`)).body;
  };
  const first = await readings();
  expect(first).toHaveLength(1);
  const body = { addLabels: ['MarkedAsUnopened'] };
  await send(other, `${path}/context/systemlabels`, { method: 'PUT', body });
  // Marked again once it was seen, the dialog is in a state of its own, and so has one more entry.
  expect(await readings()).toHaveLength(2);
  await send(one, `${path}/context/systemlabels`, { method: 'PUT', body });
  expect(await readings()).toHaveLength(2);
});

test.each(LISTS)('a list of %s goes on at either from a page of either', async (path) => {
  const first = told.pages.get(path)!;
  const pages = await Promise.all([one, other].map((at) => goOn(at, path, first)));
  expect(first.items).toMatchObject([{ id: told.keyed[0] }]);
  for (const { body } of pages) expect(body.items).toMatchObject([{ id: told.dialog }]);
  const [page] = pages;
  const beyond = await goOn(other, path, page!.body);
  expect(beyond.body.items).toEqual([]);
});

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
  expect(told.keyed).toHaveLength(1);
  for (const at of [one, other]) {
    const again = await send(at, DIALOGS, { body: KEYED });
    expect(again).toMatchObject({ status: 409, body: { dialogId: told.keyed[0] } });
  }
});

test('either shows the same public keys', async () => {
  const keys = await Promise.all([one, other].map((at) => send(at, '/.well-known/jwks.json')));
  expect(keys[0]?.body).toEqual(keys[1]?.body);
});
