import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AppUnderTest,
  create,
  dialogBody,
  type Name,
  openApp,
  plain,
} from '../support/dialog-client.ts';
import { PARTY, READER, RESOURCE, SECOND_READER } from '../support/dialogs.ts';

interface Dialog {
  readonly code: string;
  readonly dialogToken: string;
}

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const read = (id: string, as: Name = 'reader', headers: Record<string, string> = {}) =>
  app.send<Dialog>('GET', `/enduser/dialogs/${id}`, { as, headers });

const UNAUTHORIZED = 'urn:dialogporten:unauthorized';
const url = 'https://example.no/x';
const reference = {
  mediaType: 'application/vnd.dialogporten.frontchannelembed-url;type=text/markdown',
  value: [{ languageCode: 'nb', value: url }],
};
const title = [{ languageCode: 'nb', value: 'Signer' }];
const sender = { actorType: 'PartyRepresentative', actorId: READER.urn };
const offer = {
  content: { title: plain('Tittel'), nonSensitiveTitle: plain('Brev'), mainContentReference: reference },
  attachments: [{ urls: [{ url, consumerType: 'Gui' }], expiresAt: '2020-01-01T00:00:00Z' }],
  guiActions: [
    { action: 'sign', url, priority: 'Primary', title },
    { action: 'write', url, priority: 'Secondary', title, authorizationAttribute: 'urn:altinn:task:Task_1' },
  ],
  apiActions: [{ action: 'sign', endpoints: [{ url, httpMethod: 'POST' }] }],
  transmissions: [
    { type: 'Information', sender, content: { title: plain('Åpen'), contentReference: reference } },
    {
      type: 'Information',
      sender,
      content: { title: plain('Lukket'), contentReference: reference },
      authorizationAttribute: 'secret',
      attachments: [{ urls: [{ url, consumerType: 'Gui' }] }],
      navigationalActions: [{ title, url }],
    },
  ],
};
const createOffer = async () => {
  const path = '/serviceowner/dialogs?isSilentUpdate=true';
  return (await app.send<string>('POST', path, { body: dialogBody(offer) })).body;
};

describe('an end user', () => {
  test('sees what may be done, with the addresses of what may not, and of what has expired, replaced', async () => {
    const id = await createOffer();
    const { body, headers } = await read(id);
    expect(headers.get('etag')).toMatch(/^[0-9a-f-]{36}$/);
    expect(body).toMatchObject({
      content: { mainContentReference: { ...reference, isAuthorized: true } },
      attachments: [{ urls: [{ url: 'urn:dialogporten:expired' }] }],
      guiActions: [
        { action: 'sign', isAuthorized: false, url: UNAUTHORIZED, httpMethod: 'GET' },
        { action: 'write', isAuthorized: false, url: UNAUTHORIZED },
      ],
      apiActions: [{ isAuthorized: false, endpoints: [{ url: UNAUTHORIZED }] }],
      transmissions: [
        { isAuthorized: true, isOpened: false, content: { contentReference: { value: reference.value } } },
        {
          isAuthorized: false,
          content: {
            title: plain('Lukket'),
            contentReference: { value: [{ languageCode: 'nb', value: UNAUTHORIZED }] },
          },
          attachments: [{ urls: [{ url: UNAUTHORIZED }] }],
          navigationalActions: [{ url: UNAUTHORIZED }],
        },
      ],
    });
    expect(body).not.toHaveProperty('content.nonSensitiveTitle');
    expect(body.dialogToken).toBe(`token:${id}:read`);
  });

  test('is asked about once for each action and attribute, in one question to the decision point', async () => {
    const id = await createOffer();
    app.table.permit(
      { subject: SECOND_READER.urn, action: 'sign', resource: RESOURCE, party: PARTY },
      { subject: SECOND_READER.urn, action: 'write', resource: RESOURCE, party: PARTY, attribute: 'Task_1' },
      {
        subject: SECOND_READER.urn,
        action: 'transmissionread',
        resource: RESOURCE,
        party: PARTY,
        attribute: 'secret',
      },
    );
    const before = app.table.asked.length;
    const { body } = await read(id, 'secondReader');
    const asked = app.table.asked
      .slice(before)
      .map(({ action, attributes, instance }) => ({ action, attributes, instance }));
    expect(asked).toEqual([
      { action: 'read', instance: id },
      { action: 'sign', instance: id },
      { action: 'write', attributes: [['urn:altinn:task', 'Task_1']], instance: id },
      { action: 'transmissionread', attributes: [['urn:altinn:subresource', 'secret']], instance: id },
    ]);
    expect(body).toMatchObject({
      guiActions: [
        { isAuthorized: true, url },
        { isAuthorized: true, url },
      ],
      apiActions: [{ isAuthorized: true, endpoints: [{ url }] }],
      transmissions: [{ isAuthorized: true }, { isAuthorized: true, navigationalActions: [{ url }] }],
      dialogToken: `token:${id}:read;sign;write,urn:altinn:task:Task_1;transmissionread,secret`,
    });
  });

  test('who may only do something with it sees it all the same, without what reading would show', async () => {
    const id = await createOffer();
    const subject = 'urn:altinn:person:identifier-no:12855515545';
    app.table.permit({ subject, action: 'sign', resource: RESOURCE, party: PARTY });
    const { status, body } = await read(id, 'stranger');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      content: { mainContentReference: { isAuthorized: false, value: [{ value: UNAUTHORIZED }] } },
      guiActions: [{ isAuthorized: true }, { isAuthorized: false }],
      transmissions: [{ isAuthorized: false }, { isAuthorized: false }],
    });
    expect((await app.send('GET', `/enduser/dialogs/${id}/transmissions`, { as: 'stranger' })).status).toBe(
      404,
    );
  });

  test('sees persons under masked ids, the service owner under their own', async () => {
    const id = await createOffer();
    const { body } = await read(id);
    const pid = READER.urn.split(':').at(-1)!;
    expect(JSON.stringify(body)).not.toContain(pid);
    const owned = await app.send('GET', `/serviceowner/dialogs/${id}`);
    expect(JSON.stringify(owned.body)).toContain(READER.urn);
  });

  test('reads texts in the language asked for', async () => {
    const value = [
      { languageCode: 'en', value: 'Letter' },
      { languageCode: 'nb', value: 'Brev' },
    ];
    const id = await create(app, { content: { title: { value } } });
    expect((await read(id)).body).toMatchObject({ content: { title: { value } } });
    const { body } = await read(id, 'reader', { 'accept-language': 'en' });
    expect(body).toMatchObject({ content: { title: { value: [value[0]] } } });
  });
});

describe('an end user is refused', () => {
  test('a dialog of others with 403, one that does not exist with 404', async () => {
    const id = await create(app, { party: 'urn:altinn:organization:identifier-no:314005627' });
    const { status, body } = await read(id);
    expect([status, body.code]).toEqual([403, 'not-authorised']);
    expect((await read('01a20969-25e6-701d-a871-c088d15c788c')).status).toBe(404);
  });

  test('an expired dialog with 404', async () => {
    const { body: id } = await app.send<string>('POST', '/serviceowner/dialogs?isSilentUpdate=true', {
      body: dialogBody({ expiresAt: '2020-01-01T00:00:00Z' }),
    });
    expect((await read(id)).status).toBe(404);
    const impersonated = await app.send('GET', `/serviceowner/dialogs/${id}?endUserId=${READER.urn}`);
    expect(impersonated.status).toBe(404);
    expect((await app.send('GET', `/serviceowner/dialogs/${id}`)).status).toBe(200);
  });

  test('an answer when no decision can be had, with 503', async () => {
    const id = await create(app);
    app.table.unreachable = true;
    const { status, body } = await read(id);
    app.table.unreachable = false;
    expect([status, body.code]).toEqual([503, 'decision-unavailable']);
  });

  test('when the token names nobody', async () => {
    const id = await create(app);
    expect((await read(id, 'nobody')).body.code).toBe('identity-missing');
  });
});
