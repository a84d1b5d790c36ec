import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { pause } from '../../../src/lib/time.ts';
import type { Fault } from '../../support/altinn-decisions.ts';
import { standInParty } from '../../support/altinn-parties.ts';
import { AltinnStandIn } from '../../support/altinn-stand-in.ts';
import {
  COMPANY,
  MANAGER,
  SERVICE,
  startTestPlatform,
  type TestPlatform,
  TTD,
} from '../../support/platform.ts';
import { policy } from '../../support/policies.ts';
import { Receiver } from '../../support/receiver.ts';
import { StreamClient } from '../../support/sse.ts';
import { until } from '../../support/until.ts';

/** Has rights at Altinn and none in the tables; the manager has them in the tables and none at Altinn. */
const ASSISTANT = '23877236943';
const ASSISTANT_URN = `urn:altinn:person:identifier-no:${ASSISTANT}`;
const BRANCH = 'urn:altinn:organization:identifier-no:314005627';
const DIALOGS = '/dialogporten/api/v1/serviceowner/dialogs';
const SUBSCRIPTIONS = '/events/api/v1/subscriptions';

let altinn: AltinnStandIn;
let platform: TestPlatform;
let receiver: Receiver;
let owner: string;
let assistant: string;

beforeAll(async () => {
  altinn = await AltinnStandIn.open();
  altinn.slowMs = 1500;
  altinn.parties.push(standInParty(COMPANY), standInParty(BRANCH, { mainUnit: COMPANY }));
  altinn.parties.push(standInParty(ASSISTANT_URN));
  altinn.resources.push({
    ...{ identifier: 'super-simple-service', resourceType: 'GenericAccessResource' },
    hasCompetentAuthority: { organization: TTD.orgNo, orgcode: TTD.org },
  });
  platform = await startTestPlatform({
    ...{ ACCESS: 'altinn', ALTINN_URL: altinn.url, ALTINN_TIMEOUT_MS: '500' },
    PDP_MAX_AGE_S: '0',
  });
  receiver = await Receiver.open();
  owner = await platform.token('GetEnterpriseToken', {
    ...{ ...TTD, scopes: 'digdir:dialogporten.serviceprovider' },
  });
  assistant = await personal(ASSISTANT);
});
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await altinn[Symbol.asyncDispose]();
});

afterEach(() => {
  altinn.dial('none');
  altinn.rules.clear();
});

function personal(pid: string): Promise<string> {
  return platform.token('GetPersonalToken', { pid, scopes: 'digdir:dialogporten altinn:events.subscribe' });
}

function letAssistant(party = COMPANY) {
  const actions = ['read', 'subscribe'];
  return altinn.permit({ who: ASSISTANT_URN, resource: 'super-simple-service', actions, party });
}

async function createDialog(party = COMPANY): Promise<string> {
  const content = { title: { value: [{ languageCode: 'nb', value: 'En søknad' }] } };
  const body = JSON.stringify({ serviceResource: SERVICE, party, status: 'InProgress', content });
  const answer = await platform.call(owner, DIALOGS, { method: 'POST', body });
  expect(answer.status).toBe(201);
  return (await answer.json()) as string;
}

/** Changes a dialog; the event tells how often it was changed. */
async function change(id: string, progress: number): Promise<void> {
  const body = JSON.stringify([{ op: 'replace', path: '/progress', value: progress }]);
  const answer = await platform.call(owner, `${DIALOGS}/${id}`, { method: 'PATCH', body });
  expect(answer.status).toBe(204);
}

function askToSubscribe(path: string, more: object = {}, token = assistant): Promise<Response> {
  const body = { endPoint: receiver.url(path), resourceFilter: SERVICE, subjectFilter: COMPANY, ...more };
  return platform.call(token, SUBSCRIPTIONS, { method: 'POST', body: JSON.stringify(body) });
}

async function subscribe(path: string, more: object = {}): Promise<void> {
  const made = await askToSubscribe(path, more);
  expect(made.status).toBe(201);
  const { id } = (await made.json()) as { id: number };
  await until('it is validated', async () => {
    const read = await platform.call(assistant, `${SUBSCRIPTIONS}/${id}`);
    return ((await read.json()) as { validated: boolean }).validated;
  });
}

const open = (id: string) => platform.call(assistant, `/dialogporten/api/v1/enduser/dialogs/${id}`);
const poll = (more = '') =>
  platform.call(
    assistant,
    `/events/api/v1/events?after=0&resource=${SERVICE}&subject=${COMPANY}&size=1000${more}`,
  );

async function watch(id: string): Promise<StreamClient> {
  const { dialogToken } = (await (await open(id)).json()) as { dialogToken: string };
  const query = `subscription { dialogEvents(dialogId: "${id}") { id type } }`;
  return StreamClient.open(`${platform.base}/dialogporten/graphql`, { token: dialogToken, query });
}

/** Numbers of the events of one dialog that arrived, in the order in which they came. */
function arrived(path: string, id: string): unknown[] {
  const own = receiver.events(path).filter((event) => event['resourceinstance'] === id);
  return own.map((event) => event['dialogsequence']);
}

test('Altinn decides on every channel, and the tables of this database on none', async () => {
  letAssistant();
  await subscribe('/all');
  const id = await createDialog();
  expect((await open(id)).status).toBe(200);
  await using stream = await watch(id);
  await change(id, 1);
  await until('it has come by webhook', () => arrived('/all', id).length >= 3);
  await until('it has come live', () => stream.messages.some(({ data }) => data.includes('DIALOG_UPDATED')));
  const page = (await (await poll()).json()) as Record<string, unknown>[];
  expect(page.filter((event) => event['resourceinstance'] === id).length).toBeGreaterThanOrEqual(3);

  const manager = await personal(MANAGER);
  expect((await askToSubscribe('/manager', {}, manager)).status).toBe(403);
  expect((await platform.call(manager, `/dialogporten/api/v1/enduser/dialogs/${id}`)).status).toBe(403);
  expect(
    await (await platform.call(manager, `/events/api/v1/events?after=0&resource=${SERVICE}`)).json(),
  ).toEqual([]);
  const admin = await platform.token('GetEnterpriseToken', { ...TTD, scopes: 'budstikka:admin' });
  expect((await platform.call(admin, '/budstikka/api/v1/admin/audit')).status).toBe(404);
});

test('a resource that Altinn does not have cannot carry a dialog, and one of another owner neither', async () => {
  const content = { title: { value: [{ languageCode: 'nb', value: 'En søknad' }] } };
  const create = (serviceResource: string) =>
    platform.call(owner, DIALOGS, {
      ...{
        method: 'POST',
        body: JSON.stringify({ serviceResource, party: COMPANY, status: 'InProgress', content }),
      },
    });
  altinn.resources.push({
    ...{ identifier: 'of-another', resourceType: 'GenericAccessResource' },
    hasCompetentAuthority: { organization: '974761076', orgcode: 'skd' },
  });
  // In the tables there is one of this name.
  expect((await create('urn:altinn:resource:company-tax-status')).status).toBe(403);
  expect((await create('urn:altinn:resource:of-another')).status).toBe(403);
});

const FAULTS: readonly (Fault | 'gone')[] = [
  ...(['slow', 'error', 'busy', 'half', 'reset', 'nonsense', 'foreign', 'indeterminate'] as const),
  'gone',
];

describe.each(FAULTS)('while Altinn is %s', (fault) => {
  const disturb = async () => (fault === 'gone' ? altinn.leave() : altinn.dial(fault, 'authorization'));
  const repair = async () => (fault === 'gone' ? altinn.comeBack() : altinn.dial('none'));

  test('nothing is said on a guess, nothing is lost, and everything goes on within seconds', async () => {
    const path = `/${fault}`;
    letAssistant();
    await subscribe(path);
    const id = await createDialog();
    await using stream = await watch(id);
    // Created; opened, which is told twice.
    const before = 3;
    await until('what came before is there', () => arrived(path, id).length === before);
    const told = () => stream.messages.filter(({ data }) => data.includes('DIALOG_UPDATED')).length;
    // The stream may still be about to tell of the opening: it has, when it has been silent for a while.
    let toldBefore = -1;
    await until('the stream has told what came before', async () => {
      if (told() === toldBefore) return true;
      toldBefore = told();
      await pause(500);
      return false;
    });
    await disturb();
    try {
      for (let progress = 1; progress <= 3; progress++) await change(id, progress);
      for (const ask of [() => poll(), () => open(id), () => askToSubscribe(`${path}/new`)]) {
        const answer = await ask();
        expect(answer.status).toBe(503);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      }
      await until('the stream has ended', () => stream.messages.some(({ event }) => event === 'complete'));
      expect([told(), arrived(path, id).length]).toEqual([toldBefore, before]);
    } finally {
      await repair();
    }
    const repaired = performance.now();
    await until('everything has arrived', () => arrived(path, id).length >= before + 3);
    expect(performance.now() - repaired).toBeLessThan(10_000);
    expect(arrived(path, id)).toEqual(Array.from({ length: before + 3 }, (_, index) => index + 1));
    await expect.poll(async () => (await poll()).status, { timeout: 6000 }).toBe(200);
  });
});

test('results that are missing hold up what they are about, and nothing else', async () => {
  letAssistant();
  await subscribe('/missing');
  const ids = await Promise.all([createDialog(), createDialog(), createDialog()]);
  await until('all have arrived', () => ids.every((id) => arrived('/missing', id).length === 1));
  altinn.dial('missing', 'authorization');
  await Promise.all(ids.map((id) => change(id, 1)));
  await Promise.all(ids.map((id) => change(id, 2)));
  altinn.dial('none');
  await until('all have arrived', () => ids.every((id) => arrived('/missing', id).length === 3));
  for (const id of ids) expect(arrived('/missing', id)).toEqual([1, 2, 3]);
});

test('answers in another order change nothing', async () => {
  letAssistant();
  altinn.dial('shuffled');
  await subscribe('/shuffled');
  const ids = await Promise.all([createDialog(), createDialog(), createDialog(BRANCH), createDialog()]);
  await until(
    'three have arrived',
    () => ids.filter((id) => arrived('/shuffled', id).length > 0).length === 3,
  );
  const page = (await (
    await platform.call(assistant, `/events/api/v1/events?after=0&resource=${SERVICE}&size=1000`)
  ).json()) as Record<string, unknown>[];
  expect(page.length).toBeGreaterThan(3);
  expect(new Set(page.map((event) => event['subject']))).toEqual(new Set([COMPANY]));
});

test('a right that ends while Altinn is gone has ended when it comes back', async () => {
  const rule = letAssistant();
  await subscribe('/ended');
  const id = await createDialog();
  await until('it has arrived', () => arrived('/ended', id).length === 1);
  altinn.dial('error', 'authorization');
  await change(id, 1);
  await change(id, 2);
  altinn.rules.delete(rule);
  altinn.dial('none');
  await until('both are withheld', async () => {
    const text = `SELECT FROM delivery_log l JOIN subscription s ON s.id = l.subscription
                   WHERE l.state = 'withheld' AND s.endpoint LIKE '%/ended'`;
    return (await platform.db.database.query({ name: 'ended', text })).length === 2;
  });
  expect(arrived('/ended', id)).toEqual([1]);
});

test('a register that is gone holds up nobody who asks for no sub-units', async () => {
  letAssistant();
  await subscribe('/no-units');
  altinn.dial('error', 'register');
  const id = await createDialog();
  await until('it has arrived', () => arrived('/no-units', id).length === 1);
});

test('what a branch is told reaches those who asked for its main unit, also when the register was gone', async () => {
  letAssistant();
  letAssistant(BRANCH);
  await subscribe('/units', { includeSubunits: true });
  altinn.dial('error', 'register');
  const id = await createDialog(BRANCH);
  await change(id, 1);
  const sees = () => altinn.asked.some(({ path }) => path.includes('/main-units'));
  await until('the register has been asked', sees);
  expect(arrived('/units', id)).toEqual([]);
  altinn.dial('none');
  await until('both have arrived', () => arrived('/units', id).length === 2);
  expect(arrived('/units', id)).toEqual([1, 2]);
});

test('parties, service resources and dialog lookup are answered with what Altinn lists', async () => {
  const number = (urn: string) => urn.slice(urn.lastIndexOf(':') + 1);
  const { partyId, partyUuid, name } = standInParty(COMPANY);
  altinn.authorizedParties.set(ASSISTANT_URN, [
    {
      ...{ partyId, partyUuid, name, type: 'Organization', organizationNumber: number(COMPANY) },
      ...{ isDeleted: false, authorizedRoles: ['REGNA'], authorizedResources: [], subunits: [] },
    },
  ]);
  const readers = { roles: ['REGNA'], actions: ['read'] };
  altinn.policies.set('super-simple-service', policy('super-simple-service').permit(readers).xml());
  letAssistant();
  const id = await createDialog();
  const ask = async (path: string) =>
    (await platform.call(assistant, `/dialogporten/api/v1/enduser/${path}`)).json();

  expect(await ask('parties')).toMatchObject({
    authorizedParties: [{ party: COMPANY, partyId, partyUuid, name, subParties: [] }],
  });
  expect(await ask('serviceresources')).toMatchObject({
    items: [
      { serviceResource: { id: 'super-simple-service' }, roles: [{ urn: 'urn:altinn:rolecode:regna' }] },
    ],
  });
  expect(await ask(`dialoglookup?instanceRef=urn:altinn:dialog-id:${id}`)).toMatchObject({
    ...{ dialogId: id, authorizationEvidence: { viaRole: true, viaResourceDelegation: false } },
  });
  const list = (await ask(`dialogs?serviceResource=${SERVICE}`)) as { items: { party: string }[] };
  expect(new Set(list.items.map(({ party }) => party))).toEqual(new Set([COMPANY]));

  altinn.dial('error', 'accessmanagement');
  const answer = await platform.call(assistant, '/dialogporten/api/v1/enduser/parties');
  expect(answer.status).toBe(503);
});
