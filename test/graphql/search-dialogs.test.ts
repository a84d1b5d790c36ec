import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wholeSelection } from '../../scripts/conformance/graphql/whole-selection.ts';
import { createSchema } from '../../src/graphql/schema.ts';
import { create, plain } from '../support/dialog-client.ts';
import { PARTY } from '../support/dialogs.ts';
import { type GraphqlApp, openGraphqlApp } from './app.ts';
import { withoutCase } from './words.ts';

interface Page {
  readonly items: readonly Readonly<Record<string, unknown>>[] | null;
  readonly hasNextPage: boolean;
  readonly continuationToken: string | null;
  readonly orderBy: readonly Readonly<Record<string, unknown>>[];
  readonly errors: readonly { readonly __typename: string; readonly message: string }[];
}

let app: GraphqlApp;
beforeAll(async () => {
  app = await openGraphqlApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const schema = createSchema();
const WHOLE = wholeSelection(schema, schema.getQueryType()!.getFields()['searchDialogs']!.type);

async function search(
  input: Readonly<Record<string, unknown>>,
  asked: Parameters<GraphqlApp['ask']>[1] = {},
): Promise<Page> {
  const query = `query ($input: SearchDialogInput!) { searchDialogs(input: $input) ${WHOLE} }`;
  const { data, errors } = await app.ask<{ searchDialogs: Page }>(query, { ...asked, variables: { input } });
  expect(errors).toBeUndefined();
  return data.searchDialogs;
}

describe('searchDialogs', () => {
  test('answers with what REST lists, in the words of the SDL, and notes nothing as seen', async () => {
    const externalReference = randomUUID();
    const id = await create(app, { externalReference, status: 'RequiresAttention', progress: 5 });
    const { items, hasNextPage, orderBy, errors } = await search({ party: [PARTY], externalReference });
    expect({ hasNextPage, errors }).toEqual({ hasNextPage: false, errors: [] });
    expect(orderBy).toMatchObject([{ contentUpdatedAt: 'DESC', createdAt: null }]);
    expect(items).toMatchObject([
      {
        ...{ id, status: 'REQUIRES_ATTENTION', progress: 5, guiAttachmentCount: 0, isContentSeen: false },
        content: { title: plain('Skattemelding') },
        ...{ latestActivity: null, seenSinceLastUpdate: [], endUserContext: { systemLabels: ['DEFAULT'] } },
      },
    ]);
    const path = `/enduser/dialogs?party=${PARTY}&externalReference=${externalReference}`;
    const { body } = await app.send<{ items: readonly object[] }>('GET', path);
    const [{ systemLabel: _, ...listed }] = body.items as [Record<string, unknown>];
    expect(withoutCase(items![0])).toMatchObject(withoutCase(listed));
  });

  test('filters by enums, times with any offset, and texts; null is no filter', async () => {
    const externalReference = randomUUID();
    const late = { externalReference, status: 'Awaiting', dueAt: '2999-06-01T12:00:00Z' };
    const id = await create(app, { ...late, content: { title: plain('Vindkraftverk') } });
    await create(app, { externalReference, status: 'Draft' });
    const all = { party: [PARTY], externalReference };
    const idsOf = async (more: object) =>
      (await search({ ...all, ...more })).items?.map((item) => item['id']);
    expect(await idsOf({ status: null, process: null, limit: null })).toHaveLength(2);
    expect(await idsOf({ status: ['AWAITING', 'COMPLETED'] })).toEqual([id]);
    expect(await idsOf({ dueAfter: '2999-06-01T14:00:00+02:00', dueBefore: '2999-06-01T12:00:00Z' })).toEqual(
      [id],
    );
    expect(await idsOf({ search: 'vindkraftverket', searchLanguageCode: 'nb' })).toEqual([id]);
    expect(await idsOf({ systemLabel: ['BIN'] })).toEqual([]);
  });

  test('leads through pages in the order that it names', async () => {
    const externalReference = randomUUID();
    const ids = [await create(app, { externalReference }), await create(app, { externalReference })];
    const asked = { party: [PARTY], externalReference, limit: 1, orderBy: [{ createdAt: 'ASC' }] };
    const first = await search(asked);
    expect(first).toMatchObject({ hasNextPage: true, orderBy: [{ createdAt: 'ASC', dueAt: null }] });
    const second = await search({ ...asked, continuationToken: first.continuationToken });
    expect(second.hasNextPage).toBe(false);
    expect([...first.items!, ...second.items!].map((item) => item['id'])).toEqual(ids);
  });

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['neither party nor resource', {}, 'Validation'],
    ['a page of none', { party: [PARTY], limit: 0 }, 'Validation'],
    ['a page that is too long', { party: [PARTY], limit: 1001 }, 'Validation'],
    [
      'two fields in one key',
      { party: [PARTY], orderBy: [{ createdAt: 'ASC', dueAt: 'ASC' }] },
      'OrderByParsing',
    ],
    ['a field twice', { party: [PARTY], orderBy: [{ dueAt: 'ASC' }, { dueAt: 'DESC' }] }, 'OrderByParsing'],
    ['a token without its order', { party: [PARTY], continuationToken: 'id_x' }, 'OrderByParsing'],
    [
      'a token that cannot be read',
      { party: [PARTY], continuationToken: 'x', orderBy: [{ dueAt: 'ASC' }] },
      'ContinuationTokenParsing',
    ],
  ])('refuses %s with an error of its type', async (_, input, kind) => {
    const page = await search(input);
    expect(page).toMatchObject({ items: null, hasNextPage: false, continuationToken: null, orderBy: [] });
    expect(page.errors).toMatchObject([{ __typename: `SearchDialog${kind}Error` }]);
  });

  test('of a reader who is nobody is forbidden', async () => {
    const { errors } = await search({ party: [PARTY] }, { as: 'nobody' });
    expect(errors).toMatchObject([{ __typename: 'SearchDialogForbidden' }]);
  });

  test.each<[string, unknown]>([
    ['U+0000', [`${PARTY}\0`]],
    ['half a character', ['\ud800']],
    ['an endless text', ['x'.repeat(2000)]],
    ['an endless list', Array.from({ length: 1001 }, () => PARTY)],
  ])('takes no %s', async (_, party) => {
    const query = 'query ($input: SearchDialogInput!) { searchDialogs(input: $input) { hasNextPage } }';
    const { errors } = await app.ask(query, { variables: { input: { party } } });
    expect(errors).toMatchObject([
      { extensions: { code: 'request-invalid', fields: { input: [expect.any(String)] } } },
    ]);
  });
});
