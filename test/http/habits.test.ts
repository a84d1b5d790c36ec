import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppUnderTest, create, dialogBody, openApp, plain } from '../support/dialog-client.ts';
import { PARTY, READER } from '../support/dialogs.ts';
import { eventsOf, shortTypes } from '../support/event-log.ts';

/** What clients of the published API send beside what its document says. */

interface Dialog {
  readonly id: string;
  readonly status: string;
  readonly revision: string;
  readonly progress?: number;
  readonly transmissions: readonly object[];
  readonly activities: readonly object[];
}

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const DIALOGS = '/serviceowner/dialogs';
const get = async (id: string) => (await app.send<Dialog>('GET', `${DIALOGS}/${id}`)).body;
const url = 'https://example.no/x';
const title = [{ languageCode: 'nb', value: 'Signer' }];

/** Every name of a body as C# writes it. */
function pascal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pascal);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [
    name.charAt(0).toUpperCase() + name.slice(1),
    pascal(member),
  ]);
  return Object.fromEntries(members);
}

describe('names and words in any letter case', () => {
  test('of a body, however deep they stand', async () => {
    const body = dialogBody({
      status: 'INPROGRESS',
      systemLabel: 'archive',
      guiActions: [{ action: 'read', url, priority: 'primary', httpMethod: 'post', title }],
      attachments: [{ displayName: title, urls: [{ url, consumerType: 'GUI' }] }],
      activities: [{ type: 'formSaved', performedBy: { actorType: 'serviceOwner' } }],
    });
    const { status, body: id } = await app.send<string>('POST', DIALOGS, { body: pascal(body) });
    expect(status).toBe(201);
    expect(await get(id)).toMatchObject({
      status: 'InProgress',
      systemLabel: 'Archive',
      guiActions: [{ priority: 'Primary', httpMethod: 'POST', title }],
      attachments: [{ urls: [{ consumerType: 'Gui' }] }],
      activities: [{ type: 'FormSaved' }],
    });
  });

  test('of a query', async () => {
    const externalReference = 'habit-query';
    const id = await create(app, { externalReference, status: 'Draft' });
    const query = `PARTY=${PARTY}&ExternalReference=${externalReference}&Status=draft&DELETED=exclude&ORDERBY=CreatedAt_ASC`;
    const { body } = await app.send('GET', `${DIALOGS}?${query}`, { as: 'searcher' });
    expect(body).toMatchObject({ items: [{ id }], orderBy: 'createdAt_asc,id_desc' });
  });

  test('of a JSON Patch, as application/json or as what it is', async () => {
    const id = await create(app);
    for (const [type, path, value] of [
      ['application/json', '/Progress', 10],
      ['application/json-patch+json', '/PROGRESS', 20],
      ['application/json-patch+json; charset=utf-8', 'progress', 30],
    ] as const) {
      const raw = JSON.stringify([{ Op: 'Replace', Path: path, Value: value }]);
      const headers = { 'content-type': type };
      expect((await app.send('PATCH', `${DIALOGS}/${id}`, { raw, headers })).status).toBe(204);
      expect((await get(id)).progress).toBe(value);
    }
  });
});

test('a PUT takes the whole body of a create: what never changes is passed over, and its lists are appended', async () => {
  const actor = { actorType: 'ServiceOwner' };
  const body = dialogBody({
    externalReference: 'hele',
    transmissions: [{ type: 'Information', sender: actor, content: { title: plain('Brev') } }],
    activities: [{ type: 'FormSaved', performedBy: actor }],
    serviceOwnerContext: { serviceOwnerLabels: [{ value: 'haster' }] },
    visibleFrom: '2099-01-01T00:00:00Z',
  });
  const { visibleFrom: _, ...visible } = body;
  const { body: id } = await app.send<string>('POST', DIALOGS, { body: visible });
  const again = {
    ...body,
    id: '01a20969-25e6-701d-a871-c088d15c788c',
    party: 'urn:altinn:organization:identifier-no:314005627',
    serviceResource: 'urn:altinn:resource:tax',
    idempotentKey: 'another',
    createdAt: '2020-01-01T00:00:00Z',
    systemLabel: 'Bin',
    serviceOwnerContext: { serviceOwnerLabels: [] },
    progress: 50,
  };
  const before = await get(id);
  const { status } = await app.send('PUT', `${DIALOGS}/${id}`, { body: again });
  expect(status).toBe(204);
  const after = await get(id);
  expect(after).toMatchObject({ ...before, ...changed(after), progress: 50 });
  expect([after.transmissions.length, after.activities.length]).toEqual([2, 2]);
  const told = shortTypes(await eventsOf(app.database, id)).slice(3);
  expect(told).toEqual(['updated', 'transmission.created', 'activity.form-saved']);
});

/** The members that a change moves by itself. */
function changed(dialog: Dialog) {
  const { revision, transmissions, activities } = dialog;
  const { updatedAt, contentUpdatedAt } = dialog as unknown as Record<string, string>;
  const counted = { fromServiceOwnerTransmissionsCount: transmissions.length };
  return { revision, transmissions, activities, updatedAt, contentUpdatedAt, ...counted };
}

describe('a request without a body may claim any type', () => {
  const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

  test.each(['application/json', 'application/x-www-form-urlencoded', 'text/plain; charset=utf-8'])(
    'a GET %s',
    async (type) => {
      const id = await create(app);
      for (const path of [`${DIALOGS}/${id}`, `/enduser/dialogs/${id}`, '/metadata/limits']) {
        expect((await app.send('GET', path, { headers: { 'content-type': type } })).status).toBe(200);
      }
    },
  );

  test('a GET that sends one all the same is answered without it', async () => {
    const id = await create(app);
    const status = await new Promise((resolve, reject) => {
      const headers = { ...FORM, authorization: 'Bearer reader', 'content-length': '3' };
      httpRequest(`${app.origin}/dialogporten/api/v1/enduser/dialogs/${id}`, { headers }, (answer) =>
        resolve(answer.resume().statusCode),
      )
        .on('error', reject)
        .end('a=b');
    });
    expect(status).toBe(200);
  });

  test('a POST of an action and a DELETE, of a dialog and of a label', async () => {
    const id = await create(app, { serviceOwnerContext: { serviceOwnerLabels: [{ value: 'haster' }] } });
    const send = async (method: string, path: string, raw?: string) =>
      (
        await app.send(method, `${DIALOGS}/${id}${path}`, {
          headers: FORM,
          ...(raw !== undefined && { raw }),
        })
      ).status;
    for (const raw of ['', undefined]) {
      expect(await send('DELETE', '', raw)).toBe(204);
      expect(await send('POST', '/actions/restore', raw)).toBe(204);
    }
    expect(await send('DELETE', '/context/labels/haster', '')).toBe(204);
    expect(await send('POST', '/actions/purge', '')).toBe(204);
  });
});

test.each(['///serviceowner//dialogs/', '/SERVICEOWNER/dialogs//', '//serviceowner/Dialogs'])(
  'a create at %s',
  async (path) => {
    expect((await app.send('POST', path, { body: dialogBody() })).status).toBe(201);
  },
);

test('an entity tag is taken bare, quoted, and as a weak one', async () => {
  const id = await create(app);
  for (const tag of [
    (etag: string) => etag,
    (etag: string) => `"${etag}"`,
    (etag: string) => `W/"${etag}"`,
  ]) {
    const { headers } = await app.send('GET', `${DIALOGS}/${id}`);
    const ifMatch = tag(headers.get('etag') ?? '').toUpperCase();
    const body = [{ op: 'replace', path: '/externalReference', value: ifMatch.slice(0, 20) }];
    const answer = await app.send('PATCH', `${DIALOGS}/${id}`, { body, headers: { 'if-match': ifMatch } });
    expect(answer.status).toBe(204);
  }
});

describe('Accept-Language', () => {
  const texts = (value: string) => ({
    value: [
      { languageCode: 'en', value: `${value} (en)` },
      { languageCode: 'nb', value: `${value} (nb)` },
      { languageCode: 'nn', value: `${value} (nn)` },
    ],
  });
  const read = async (path: string, wanted: string) =>
    JSON.stringify(
      (await app.send('GET', path, { as: 'reader', headers: { 'accept-language': wanted } })).body,
    );

  test('chooses one language of every text, on every path of an end user', async () => {
    const sender = { actorType: 'ServiceOwner' };
    const externalReference = 'habit-language';
    const id = await create(app, {
      externalReference,
      content: { title: texts('Tittel') },
      transmissions: [{ type: 'Information', sender, content: { title: texts('Brev') } }],
      activities: [{ type: 'Information', performedBy: sender, description: texts('Noe').value }],
    });
    const paths = [
      `/enduser/dialogs/${id}`,
      `/enduser/dialogs?party=${PARTY}&externalReference=${externalReference}`,
      `/enduser/dialogs/${id}/transmissions`,
      `/enduser/dialogs/${id}/activities`,
    ];
    for (const path of paths) {
      const answer = await read(path, 'fr, nn-NO;q=0.9, en;q=0.4');
      expect(answer).toContain('(nn)');
      expect(answer).not.toMatch(/\((?:en|nb)\)/);
    }
  });

  test('falls back to what there is', async () => {
    const id = await create(app, { content: { title: texts('Tittel') } });
    expect(await read(`/enduser/dialogs/${id}`, 'fr')).toContain('(nb)');
    expect(await read(`/enduser/dialogs/${id}`, '*')).toContain('(en)');
  });
});

test('on behalf of a person, the service owner’s list and dialog show what that person may do', async () => {
  const attribute = 'secret';
  const sender = { actorType: 'ServiceOwner' };
  const id = await create(app, {
    externalReference: 'on-behalf',
    guiActions: [{ action: 'sign', url, priority: 'Primary', title }],
    transmissions: [
      { type: 'Information', sender, content: { title: plain('Åpen') } },
      { type: 'Information', sender, content: { title: plain('Lukket') }, authorizationAttribute: attribute },
    ],
  });
  const { body } = await app.send('GET', `${DIALOGS}/${id}?enduserid=${READER.urn}`);
  expect(body).toMatchObject({
    guiActions: [{ isAuthorized: false, url }],
    transmissions: [{ isAuthorized: true }, { isAuthorized: false }],
    seenSinceLastUpdate: [
      { isViaServiceOwner: true, isCurrentEndUser: true, seenBy: { actorId: READER.urn } },
    ],
  });
  const query = `externalReference=on-behalf&party=${PARTY}&endUserId=${READER.urn}`;
  const list = await app.send('GET', `${DIALOGS}?${query}`, { as: 'searcher' });
  expect(list.body).toMatchObject({
    items: [{ id, seenSinceLastUpdate: [{ isCurrentEndUser: true, seenBy: { actorId: READER.urn } }] }],
  });
  const alone = await app.send('GET', `${DIALOGS}/${id}`);
  expect(JSON.stringify(alone.body)).not.toContain('isAuthorized');
});
