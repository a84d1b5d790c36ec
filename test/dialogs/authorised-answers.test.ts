import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppUnderTest, create, dialogBody, openApp, plain } from '../support/dialog-client.ts';
import { CORRESPONDENCE, PARTY, READER, RESOURCE, STRANGER } from '../support/dialogs.ts';
import { systemUser } from '../support/identities.ts';

/** What stands in the answers to somebody who may do some things with a dialog and not others. */

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const UNAUTHORIZED = 'urn:dialogporten:unauthorized';
const EXPIRED = 'urn:dialogporten:expired';
const url = 'https://example.no/x';
const title = [{ languageCode: 'nb', value: 'Signer' }];
const sender = { actorType: 'ServiceOwner' };
const letter = { type: 'Information', sender, content: { title: plain('Brev') } };
const attachments = [{ displayName: title, urls: [{ url, consumerType: 'Gui' }] }];

const askedSince = (before: number) =>
  app.table.asked.slice(before).map(({ action, resource, attributes }) => ({ action, resource, attributes }));

test('an attribute that names another service resource is asked of that one, reading a transmission as plain reading', async () => {
  const action = { action: 'read', url, priority: 'Primary', title, authorizationAttribute: CORRESPONDENCE };
  const hidden = { ...letter, authorizationAttribute: CORRESPONDENCE.toUpperCase(), attachments };
  const id = await create(app, { guiActions: [action], transmissions: [hidden] });
  const before = app.table.asked.length;
  const { body } = await app.send('GET', `/enduser/dialogs/${id}`);
  expect(askedSince(before)).toEqual([
    { action: 'read', resource: RESOURCE },
    { action: 'read', resource: CORRESPONDENCE },
    { action: 'read', resource: CORRESPONDENCE },
  ]);
  expect(body).toMatchObject({
    guiActions: [{ isAuthorized: true, url }],
    transmissions: [{ isAuthorized: true, attachments: [{ urls: [{ url }] }] }],
  });
});

test('an attribute is a part of the resource when it is a bare name, and what its URN says otherwise', async () => {
  const actions = ['part', 'urn:altinn:subresource:part', 'urn:altinn:task:Task_1'].map((attribute) => ({
    ...{ action: 'sign', url, priority: 'Tertiary', title },
    authorizationAttribute: attribute,
  }));
  const id = await create(app, { guiActions: actions });
  const subject = READER.urn;
  app.table.permit({ subject, action: 'sign', resource: RESOURCE, party: PARTY, attribute: 'part' });
  const before = app.table.asked.length;
  const { body } = await app.send('GET', `/enduser/dialogs/${id}`);
  expect(askedSince(before).map(({ attributes }) => attributes)).toEqual([
    undefined,
    [['urn:altinn:subresource', 'part']],
    [['urn:altinn:subresource', 'part']],
    [['urn:altinn:task', 'Task_1']],
  ]);
  expect(body).toMatchObject({
    guiActions: [{ isAuthorized: true }, { isAuthorized: true }, { isAuthorized: false, url: UNAUTHORIZED }],
  });
});

test('an address of a transmission that has expired is replaced for those who may see it, one that may not be seen in any case', async () => {
  const expiresAt = '2020-01-01T00:00:00Z';
  const navigationalActions = [
    { title, url, expiresAt },
    { title, url },
  ];
  const dated = { ...letter, attachments: [{ ...attachments[0], expiresAt }], navigationalActions };
  const transmissions = [dated, { ...dated, authorizationAttribute: 'sealed' }];
  const created = await app.send<string>('POST', '/serviceowner/dialogs?isSilentUpdate=true', {
    body: dialogBody({ transmissions }),
  });
  const shown = {
    attachments: [{ urls: [{ url: EXPIRED }] }],
    navigationalActions: [{ url: EXPIRED }, { url }],
  };
  const sealed = {
    attachments: [{ urls: [{ url: UNAUTHORIZED }] }],
    navigationalActions: [{ url: UNAUTHORIZED }, { url: UNAUTHORIZED }],
  };
  const path = `/enduser/dialogs/${created.body}`;
  const dialog = await app.send<{ transmissions: { id: string }[] }>('GET', path);
  expect(dialog.body).toMatchObject({ transmissions: [shown, sealed] });
  expect((await app.send('GET', `${path}/transmissions`)).body).toMatchObject([shown, sealed]);
  const alone = await app.send('GET', `${path}/transmissions/${dialog.body.transmissions[1]?.id}`);
  expect(alone.body).toMatchObject({ ...sealed, isAuthorized: false });
  const owned = await app.send('GET', `/serviceowner/dialogs/${created.body}`);
  expect(JSON.stringify(owned.body)).not.toMatch(/urn:dialogporten:/);
});

test('an authentication level that is too low is told as such, for the dialog, its parts and its labels', async () => {
  const party = 'urn:altinn:organization:identifier-no:313130983';
  app.table.permit({ subject: STRANGER.urn, action: 'read', resource: RESOURCE, party, level: 4 });
  const id = await create(app, {
    party,
    content: { title: plain('Sykmelding'), nonSensitiveTitle: plain('Brev fra NAV'), summary: plain('Kort') },
  });
  const as = 'stranger';
  for (const part of ['', '/transmissions', '/activities', '/seenlog', '/context/labellog']) {
    const { status, body } = await app.send('GET', `/enduser/dialogs/${id}${part}`, { as });
    expect([status, body]).toMatchObject([403, { code: 'level-too-low' }]);
  }
  const labels = `/enduser/dialogs/${id}/context/systemlabels`;
  expect((await app.send('PUT', labels, { as, body: { addLabels: ['Bin'] } })).status).toBe(403);
  const list = await app.send('GET', `/enduser/dialogs?party=${party}`, { as });
  expect(list.body).toMatchObject({
    items: [{ id, content: { title: plain('Brev fra NAV'), summary: plain('Kort') } }],
  });
});

test('a system user reads under its own name, organisations are shown, and every person is masked', async () => {
  const subject = systemUser().urn;
  app.table.permit({ subject, action: 'read', resource: RESOURCE, party: PARTY });
  const by = (actorId: string) => ({
    type: 'FormSaved',
    performedBy: { actorType: 'PartyRepresentative', actorId },
  });
  app.register.names.set(PARTY, 'SKATT OG REGNSKAP AS');
  const id = await create(app, { activities: [by(READER.urn), by(PARTY)] });
  await app.send('GET', `/enduser/dialogs/${id}`);
  const { body } = await app.send('GET', `/enduser/dialogs/${id}`, { as: 'system' });
  expect(body).toMatchObject({
    activities: [{ performedBy: { actorId: 'masked:713' } }, { performedBy: { actorId: PARTY } }],
    seenSinceLastUpdate: [
      { isCurrentEndUser: true, seenBy: { actorId: subject } },
      { isCurrentEndUser: false, seenBy: { actorId: 'masked:713', actorName: 'KARI NORDMANN' } },
    ],
  });
  const list = await app.send('GET', `/enduser/dialogs?party=${PARTY}`, { as: 'system' });
  expect(JSON.stringify([body, list.body])).not.toContain(READER.identity().pid);
});
