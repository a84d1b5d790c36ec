import { print } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMPANY, SERVICE } from '../support/platform.ts';
import { type GraphqlEdge, openGraphqlEdge } from './edge.ts';
import { type GeneratedClient, generateClient } from './generate-client.ts';

interface Listed {
  readonly id: string;
  readonly content: { readonly title: { readonly value: readonly { readonly value: string }[] } };
  readonly endUserContext: { readonly revision: string; readonly systemLabels: readonly string[] };
}

interface Failed {
  readonly __typename: string;
  readonly message: string;
}

/** What the generator makes of `client/operations.graphql`. */
interface Sdk {
  readDialog(variables: { id: string }): Promise<{
    readonly dialogById: { readonly dialog: (Listed & { readonly dialogToken: string }) | null };
  }>;
  findDialogs(variables: { input: object }): Promise<{
    readonly searchDialogs: { readonly items: readonly Listed[]; readonly errors: readonly Failed[] };
  }>;
  label(variables: { input: object }): Promise<{
    readonly bulkSetSystemLabels: { readonly success: boolean; readonly errors: readonly Failed[] };
  }>;
}

let edge: GraphqlEdge;
let client: GeneratedClient<Sdk>;
let sdk: Sdk;
beforeAll(async () => {
  [edge, client] = await Promise.all([openGraphqlEdge(), generateClient<Sdk>()]);
  sdk = client.getSdk(async (document, variables) => {
    const answer = await edge.post(edge.manager, { query: print(document), variables });
    const { data, errors } = (await answer.json()) as { data: unknown; errors?: unknown };
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  });
});
afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await edge?.[Symbol.asyncDispose]();
});

test('a client generated from the published SDL reads, searches and labels', async () => {
  const id = await edge.createDialog();
  const { dialogById } = await sdk.readDialog({ id });
  expect(dialogById.dialog).toMatchObject({ id, content: { title: { value: [{ value: 'En søknad' }] } } });

  const wanted = { party: [COMPANY], serviceResource: [SERVICE], status: ['IN_PROGRESS'], search: 'søknad' };
  const { searchDialogs } = await sdk.findDialogs({ input: wanted });
  expect(searchDialogs.errors).toEqual([]);
  const found = searchDialogs.items.find((item) => item.id === id);
  expect(found?.endUserContext.systemLabels).toEqual(['DEFAULT']);

  const dialogs = [{ dialogId: id, enduserContextRevision: found?.endUserContext.revision }];
  const archive = { dialogs, addLabels: ['ARCHIVE'], removeLabels: [] };
  expect((await sdk.label({ input: archive })).bulkSetSystemLabels).toEqual({ success: true, errors: [] });
  const stale = await sdk.label({ input: { ...archive, addLabels: ['BIN'] } });
  expect(stale.bulkSetSystemLabels.errors).toMatchObject([
    { __typename: 'BulkSetSystemLabelConcurrencyError' },
  ]);
  const again = await sdk.findDialogs({ input: { ...wanted, systemLabel: ['ARCHIVE'] } });
  expect(again.searchDialogs.items.map((item) => item.id)).toEqual([id]);
});
