import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import { FieldRecord } from '../../scripts/conformance/graphql/ledger.ts';
import { judge, playGraphql } from '../../scripts/conformance/graphql/play.ts';
import { exampleTarget } from '../../scripts/conformance/target.ts';
import { startTestPlatform } from '../support/platform.ts';

test('the published schema is served unbroken, and every field of it has had a value', async () => {
  await using platform = await startTestPlatform();
  const { rows, failures } = await playGraphql(exampleTarget(platform.base));
  expect(failures).toEqual([]);
  expect(rows.map(({ operation, holds }) => [operation, holds])).toEqual(
    [
      ...['dialogLookup', 'dialogById', 'searchDialogs', 'limits', 'parties', 'serviceResources'],
      ...['setSystemLabel', 'bulkSetSystemLabels', 'dialogEvents'],
    ].map((operation) => [operation, true]),
  );
}, 60_000);

test('what was never asked with, or never had a value, is a failure by its name', () => {
  const schema = buildSchema(`
    type Query { find(input: Input!): Answer }
    input Input { id: ID, name: String }
    type Answer { id: ID, names: [String], errors: [Error!]! }
    interface Error { message: String! }
    type Lost implements Error { message: String! }
    type Shut implements Error { message: String!, until: String }
  `);
  const record = new FieldRecord(schema, schema.getQueryType()!.getFields()['find']!);
  record.noteRequest({ input: { id: '1', name: null } });
  record.noteAnswer({ id: false, names: [], errors: [{ __typename: 'Shut', message: 'no', until: null }] });
  const { rows, failures } = judge([record]);
  expect(failures.filter((each) => each.startsWith('find'))).toEqual([
    'find: Input.name was never asked with',
    'find: Answer.names never had a value',
    'find: Lost.message never had a value',
    'find: Shut.until never had a value',
  ]);
  expect(rows).toMatchObject([{ holds: false, asked: { seen: 2, all: 3 }, answered: { seen: 3, all: 6 } }]);
});
