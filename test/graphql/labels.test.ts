import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { create } from '../support/dialog-client.ts';
import { until } from '../support/until.ts';
import { type GraphqlApp, openGraphqlApp } from './app.ts';

interface Outcome {
  readonly success: boolean;
  readonly errors: readonly { readonly __typename: string; readonly message: string }[];
}

let app: GraphqlApp;
beforeAll(async () => {
  app = await openGraphqlApp();
});
afterAll(() => app[Symbol.asyncDispose]());

async function mutate(name: string, type: string, asked: Asked): Promise<Outcome> {
  const [input, as = 'reader'] = asked;
  const query = `mutation ($input: ${type}!) { ${name}(input: $input) { success errors { __typename message } } }`;
  const { data, errors } = await app.ask<Record<string, Outcome>>(query, { as, variables: { input } });
  expect(errors).toBeUndefined();
  return data[name]!;
}

type Asked = [input: object, as?: 'reader' | 'stranger' | 'nobody'];
const set = (...asked: Asked) => mutate('setSystemLabel', 'SetSystemLabelInput', asked);
const setAll = (...asked: Asked) => mutate('bulkSetSystemLabels', 'BulkSetSystemLabelInput', asked);

interface Context {
  readonly revision: string;
  readonly systemLabels: readonly string[];
}

async function contextOf(id: string): Promise<Context> {
  const { body } = await app.send<{ endUserContext: Context }>('GET', `/serviceowner/dialogs/${id}`);
  return body.endUserContext;
}

const NOWHERE = '0194fe82-9280-77a5-a7cd-5ff0e6a6fa07';
const bin = { addLabels: ['BIN'], removeLabels: [] };
const unopened = { addLabels: ['MARKED_AS_UNOPENED'], removeLabels: [] };

describe('setSystemLabel', () => {
  test('sets and removes', async () => {
    const dialogId = await create(app);
    expect(await set({ dialogId, addLabels: ['BIN', 'MARKED_AS_UNOPENED'], removeLabels: [] })).toEqual({
      success: true,
      errors: [],
    });
    expect((await contextOf(dialogId)).systemLabels).toEqual(['Bin', 'MarkedAsUnopened']);
    expect((await set({ dialogId, addLabels: [], removeLabels: ['BIN'] })).success).toBe(true);
    expect((await contextOf(dialogId)).systemLabels).toEqual(['Default', 'MarkedAsUnopened']);
  });

  test('has a type for each reason why it was not done', async () => {
    const dialogId = await create(app);
    const deleted = await create(app);
    await app.send('DELETE', `/serviceowner/dialogs/${deleted}`);
    const held = await create(app, { visibleFrom: '2999-01-01T00:00:00Z' });
    const refusals: [string, ...Asked][] = [
      ['ValidationError', { dialogId, addLabels: ['SENT'], removeLabels: [] }],
      ['EntityNotFound', { dialogId: NOWHERE, ...bin }],
      ['EntityNotFound', { dialogId, ...bin }, 'stranger'],
      ['EntityNotFound', { dialogId: held, ...bin }],
      ['EntityDeleted', { dialogId: deleted, ...bin }],
      ['Forbidden', { dialogId, ...bin }, 'nobody'],
    ];
    for (const [type, ...asked] of refusals) {
      expect(await set(...asked)).toEqual({
        success: false,
        errors: [{ __typename: `SetSystemLabel${type}`, message: expect.stringMatching(/./) }],
      });
    }
    expect((await contextOf(dialogId)).systemLabels).toEqual(['Default']);
  });
});

describe('bulkSetSystemLabels', () => {
  test('changes all dialogs', async () => {
    const ids = [await create(app), await create(app)];
    expect(await setAll({ dialogs: ids.map((dialogId) => ({ dialogId })), ...bin })).toEqual({
      success: true,
      errors: [],
    });
    for (const id of ids) expect((await contextOf(id)).systemLabels).toEqual(['Bin']);
  });

  test('tells that a context has changed with an error, and then changes none', async () => {
    const [one, other] = [await create(app), await create(app)];
    const { revision } = await contextOf(one);
    expect(
      (await setAll({ dialogs: [{ dialogId: one, enduserContextRevision: revision }], ...bin })).success,
    ).toBe(true);
    const stale = await setAll({
      dialogs: [{ dialogId: other }, { dialogId: one, enduserContextRevision: revision }],
      ...unopened,
    });
    expect(stale.success).toBe(false);
    expect(stale.errors).toEqual([
      { __typename: 'BulkSetSystemLabelConcurrencyError', message: expect.stringContaining(one) },
    ]);
    expect((await contextOf(other)).systemLabels).toEqual(['Default']);
  });

  test('names the dialogs that are not there, and what is wrong with the list', async () => {
    const dialogId = await create(app);
    const lost = await setAll({ dialogs: [{ dialogId }, { dialogId: NOWHERE }], ...bin });
    expect(lost.errors).toEqual([
      { __typename: 'BulkSetSystemLabelNotFound', message: expect.stringContaining(NOWHERE) },
    ]);
    for (const dialogs of [[], [{ dialogId }, { dialogId }]]) {
      expect((await setAll({ dialogs, ...bin })).errors).toMatchObject([
        { __typename: 'BulkSetSystemLabelValidationError' },
      ]);
    }
    expect((await contextOf(dialogId)).systemLabels).toEqual(['Default']);
  });
});

const HOLD = sql('test.hold-dialog', 'SELECT id FROM dialog WHERE id = $1 FOR UPDATE');
// What PostgreSQL does by itself when a statement has waited for too long.
const GIVE_UP = sql(
  'test.give-up',
  `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`,
);

test('whoever waits for another writer in vain is told so with an error of its type', async () => {
  const dialogId = await create(app);
  await app.database.transaction(async (writer) => {
    await writer.query(HOLD, [dialogId]);
    const outcomes: Outcome[] = [];
    const waiting = [set({ dialogId, ...bin }), setAll({ dialogs: [{ dialogId }], ...bin })].map((outcome) =>
      outcome.then((told) => outcomes.push(told)),
    );
    await until('both have been given up', async () => {
      await app.database.query(GIVE_UP, []);
      return outcomes.length === 2;
    });
    await Promise.all(waiting);
    const types = outcomes.flatMap(({ errors }) => errors.map(({ __typename }) => __typename));
    expect(types.toSorted()).toEqual(['BulkSetSystemLabelConflictError', 'SetSystemLabelConflictError']);
  });
  expect((await contextOf(dialogId)).systemLabels).toEqual(['Default']);
});
