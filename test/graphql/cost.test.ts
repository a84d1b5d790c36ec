import { expect, test } from 'vitest';
import { wholeSelection } from '../../scripts/conformance/graphql/whole-selection.ts';
import { readConfig } from '../../src/config.ts';
import { refuseCostly } from '../../src/graphql/cost.ts';
import { parseDocument } from '../../src/graphql/document.ts';
import { createSchema } from '../../src/graphql/schema.ts';

const schema = createSchema();
const ID = '"0194fe82-9280-77a5-a7cd-5ff0e6a6fa07"';

/** What an operation costs, read from its refusal. */
function costOf(query: string, variableValues: Record<string, unknown> = {}, operationName?: string): number {
  const [fault] = refuseCostly({ schema, document: parseDocument(query), variableValues, operationName }, -1);
  return Number(/costs (\d+)/.exec(fault?.message ?? '')?.[1]);
}

const search = (input: string) => `{ searchDialogs(input: ${input}) { items { id org } } }`;

test.each<[string, string, number, Record<string, unknown>?]>([
  ['nothing of a root field', '{ __typename }', 0],
  ['a hundred objects with two fields', '{ limits { endUserSearch { maxPartyFilterValues } } }', 2200],
  ['the usual page', search('{}'), 2300],
  ['a page of ten', search('{ limit: 10 }'), 2030],
  ['a page by variable', `query ($n: Int) ${search('{ limit: $n }')}`, 5000, { n: 1000 }],
  ['a page that will be refused', search('{ limit: 1000000 }'), 5000],
  ['two aliases', '{ a: parties { name } b: parties { name } }', 4200],
  [
    'fragments',
    '{ ...q } fragment q on Queries { parties { ...p } } fragment p on AuthorizedParty { name party }',
    2200,
  ],
  [
    'a bulk of three dialogs',
    `mutation { bulkSetSystemLabels(input: { dialogs: [{ dialogId: ${ID} }, { dialogId: ${ID} }, { dialogId: ${ID} }], addLabels: [], removeLabels: [] }) { success } }`,
    2700,
  ],
])('an operation with %s has its price', (_, query, cost, variables) => {
  expect(costOf(query, variables)).toBe(cost);
});

test('fragments that double each other are counted, not followed', () => {
  const doubling = Array.from(
    { length: 60 },
    (_, n) => `fragment f${n} on AuthorizedParty { ...f${n + 1} ...f${n + 1} }`,
  );
  const query = `{ parties { ...f0 } } ${doubling.join(' ')} fragment f60 on AuthorizedParty { name }`;
  expect(costOf(query)).toBe(2000 + 100 * 2 ** 60);
});

test('the operation that is executed is the one that counts', () => {
  const two = 'query cheap { __typename } query dear { limits { __typename } parties { name } }';
  expect(costOf(two, {}, 'cheap')).toBe(0);
  expect(costOf(two, {}, 'dear')).toBe(4100);
});

test('an operation at the limit is not refused, and variables that do not fit are named', () => {
  const document = parseDocument(`query ($n: Int!) ${search('{ limit: $n }')}`);
  expect(refuseCostly({ schema, document, variableValues: { n: 1000 } }, 5000)).toEqual([]);
  expect(refuseCostly({ schema, document }, 5000)[0]?.message).toContain('"$n"');
});

test('the usual limit leaves room for the largest page with everything, and for several whole dialogs', () => {
  const { costMost } = readConfig({}, 'dev').graphql;
  const whole = (name: string) => wholeSelection(schema, schema.getQueryType()!.getFields()[name]!.type);
  const page = costOf(`{ searchDialogs(input: { limit: 1000 }) ${whole('searchDialogs')} }`);
  const dialog = costOf(`{ dialogById(dialogId: ${ID}) ${whole('dialogById')} }`);
  expect(page).toBeLessThan(costMost);
  expect(dialog * 5).toBeLessThan(costMost);
});
