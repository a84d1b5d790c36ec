import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wholeSelection } from '../../scripts/conformance/graphql/whole-selection.ts';
import { createSchema } from '../../src/graphql/schema.ts';
import { create, dialogBody, plain } from '../support/dialog-client.ts';
import { PARTY, READER, RESOURCE, STRANGER } from '../support/dialogs.ts';
import { type GraphqlApp, openGraphqlApp } from './app.ts';
import { withoutCase } from './words.ts';

interface Asked {
  readonly dialogById: {
    readonly dialog: Readonly<Record<string, unknown>> | null;
    readonly errors: readonly Readonly<Record<string, unknown>>[];
  };
}

let app: GraphqlApp;
beforeAll(async () => {
  app = await openGraphqlApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const schema = createSchema();
const WHOLE = wholeSelection(schema, schema.getQueryType()!.getFields()['dialogById']!.type);

async function dialogById(id: string, asked: Parameters<GraphqlApp['ask']>[1] = {}) {
  const query = `query ($id: UUID!) { dialogById(dialogId: $id) ${WHOLE} }`;
  const { data, errors } = await app.ask<Asked>(query, { ...asked, variables: { id } });
  expect(errors).toBeUndefined();
  return data.dialogById;
}

const url = 'https://example.no/x';
const texts = [{ languageCode: 'nb', value: 'Tekst' }];
const attachment = {
  displayName: texts,
  name: 'a',
  urls: [{ url, mediaType: 'text/plain', consumerType: 'Gui' }],
};
const full = {
  status: 'RequiresAttention',
  progress: 40,
  dueAt: '2999-01-01T00:00:00Z',
  content: { title: plain('Tittel'), summary: plain('Kort') },
  attachments: [attachment],
  guiActions: [{ action: 'read', url, priority: 'Primary', httpMethod: 'POST', title: texts }],
  apiActions: [{ action: 'sign', endpoints: [{ url, httpMethod: 'GET' }] }],
  transmissions: [
    {
      type: 'Submission',
      sender: { actorType: 'PartyRepresentative', actorId: READER.urn },
      content: { title: plain('Svar') },
      attachments: [attachment],
      navigationalActions: [{ title: texts, url }],
    },
  ],
  activities: [{ type: 'DialogOpened', performedBy: { actorType: 'ServiceOwner' } }],
};

describe('dialogById', () => {
  test('answers with what REST answers, in the words of the SDL', async () => {
    const id = await create(app, full);
    const rest = (await app.send<Record<string, unknown>>('GET', `/enduser/dialogs/${id}`)).body;
    const { dialog, errors } = await dialogById(id.toUpperCase());
    expect(errors).toEqual([]);
    expect(dialog).toMatchObject({
      ...{ id, status: 'REQUIRES_ATTENTION', progress: 40, dueAt: '2999-01-01T00:00:00.0000000Z' },
      content: { title: { ...plain('Tittel'), isAuthorized: null }, senderName: null },
      guiActions: [{ priority: 'PRIMARY', httpMethod: 'POST', isAuthorized: true, url }],
      apiActions: [{ isAuthorized: false, endpoints: [{ url: 'urn:dialogporten:unauthorized' }] }],
      transmissions: [{ type: 'SUBMISSION', sender: { actorType: 'PARTY_REPRESENTATIVE' } }],
      activities: [{ type: 'DIALOG_OPENED', description: [], performedBy: { actorType: 'SERVICE_OWNER' } }],
      seenSinceLastUpdate: [{ isCurrentEndUser: true }],
      endUserContext: { systemLabels: ['DEFAULT', 'SENT'] },
    });
    const { systemLabel: _, ...named } = rest;
    expect(withoutCase(dialog)).toMatchObject(withoutCase(named));
  });

  test('notes the dialog as seen, once', async () => {
    const id = await create(app);
    const { dialog } = await dialogById(id);
    await dialogById(id);
    expect(dialog?.['isContentSeen']).toBe(true);
    const log = await app.send<unknown[]>('GET', `/serviceowner/dialogs/${id}/seenlog`);
    expect(log.body).toHaveLength(1);
  });

  test('chooses texts by Accept-Language, as REST does', async () => {
    const value = [
      { languageCode: 'en', value: 'Tax' },
      { languageCode: 'nb', value: 'Skatt' },
    ];
    const id = await create(app, { content: { title: { mediaType: 'text/plain', value } } });
    const { dialog } = await dialogById(id, { headers: { 'accept-language': 'en' } });
    expect(dialog?.['content']).toMatchObject({ title: { value: [value[0]] } });
  });

  test('promises content with a title also for what is for machines only and has none', async () => {
    const id = await create(app, {
      ...{ isApiOnly: true, content: undefined },
      transmissions: [{ type: 'Information', sender: { actorType: 'ServiceOwner' } }],
    });
    const empty = { title: { mediaType: 'text/plain', value: [] } };
    expect((await dialogById(id)).dialog).toMatchObject({
      content: empty,
      transmissions: [{ content: empty }],
    });
  });

  test.each<[string, () => Promise<string>, object]>([
    [
      'that is not there',
      async () => '0194fe82-9280-77a5-a7cd-5ff0e6a6fa07',
      { __typename: 'DialogByIdNotFound' },
    ],
    ['that is deleted', deleted, { __typename: 'DialogByIdDeleted' }],
    [
      'that is not visible yet',
      () => create(app, { visibleFrom: '2999-01-01T00:00:00Z' }),
      { __typename: 'DialogByIdNotVisible', visibleFrom: '2999-01-01T00:00:00.0000000Z' },
    ],
    [
      'that has expired',
      expired,
      { __typename: 'DialogByIdExpired', expiredAt: '2020-01-01T00:00:00.0000000Z' },
    ],
  ])('names what is wrong with a dialog %s', async (_, make, error) => {
    const { dialog, errors } = await dialogById(await make());
    expect(dialog).toBeNull();
    expect(errors).toEqual([{ ...error, message: expect.any(String) }]);
  });

  test('tells apart whoever may not read and whoever has signed in too weakly', async () => {
    const id = await create(app);
    const forbidden = await dialogById(id, { as: 'stranger' });
    expect(forbidden.errors).toMatchObject([{ __typename: 'DialogByIdForbidden' }]);
    app.table.permit({ subject: STRANGER.urn, action: 'read', resource: RESOURCE, party: PARTY, level: 4 });
    const weak = await dialogById(id, { as: 'stranger' });
    expect(weak).toMatchObject({
      dialog: null,
      errors: [{ __typename: 'DialogByIdForbiddenAuthLevelTooLow' }],
    });
  });

  test('of a reader who is nobody is refused', async () => {
    const { errors } = await dialogById(await create(app), { as: 'nobody' });
    expect(errors).toMatchObject([{ __typename: 'DialogByIdForbidden' }]);
  });
});

async function deleted(): Promise<string> {
  const id = await create(app);
  await app.send('DELETE', `/serviceowner/dialogs/${id}`);
  return id;
}

async function expired(): Promise<string> {
  const body = dialogBody({ expiresAt: '2020-01-01T00:00:00Z' });
  return (await app.send<string>('POST', '/serviceowner/dialogs?isSilentUpdate=true', { body })).body;
}
