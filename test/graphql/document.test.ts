import { getIntrospectionQuery, specifiedRules, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { readDialogEvents } from '../../src/graphql/dialog-events.ts';
import { furtherRules, parseDocument } from '../../src/graphql/document.ts';
import { createSchema } from '../../src/graphql/schema.ts';

const schema = createSchema();
const ID = '0194fe82-9280-77a5-a7cd-5ff0e6a6fa07';
const OTHER = '0194fe82-9280-77a5-a7cd-5ff0e6a6fa08';

function faultsOf(query: string, introspection = false): string[] {
  const rules = [...specifiedRules, ...furtherRules({ introspection, depthMost: 12 })];
  return validate(schema, parseDocument(query), rules).map(({ message }) => message);
}

/** What a document subscribes to and what an update looks like in it, or its faults. */
async function read(query: string, variableValues: Record<string, unknown> = {}, operationName?: string) {
  expect(faultsOf(query)).toEqual([]);
  const args = { schema, document: parseDocument(query), variableValues, operationName };
  const operation = await readDialogEvents(args);
  if (!('dialog' in operation)) return operation.map(({ message }) => message);
  return { dialog: operation.dialog, updated: JSON.parse(operation.frames.DIALOG_UPDATED).data as unknown };
}

describe('a subscription', () => {
  const plain = { dialogEvents: { id: ID, type: 'DIALOG_UPDATED' } };

  test.each<[string, string, Record<string, unknown>, string | undefined, unknown]>([
    [
      'a literal, as the GUI sends it',
      `subscription sub { dialogEvents(dialogId: "${ID}") { id type } }`,
      {},
      'sub',
      plain,
    ],
    [
      'a variable',
      'subscription ($id: UUID!) { dialogEvents(dialogId: $id) { id type } }',
      { id: ID },
      undefined,
      plain,
    ],
    [
      'a default',
      `subscription ($id: UUID! = "${ID}") { dialogEvents(dialogId: $id) { id type } }`,
      {},
      undefined,
      plain,
    ],
    [
      'upper case',
      `subscription { dialogEvents(dialogId: "${ID.toUpperCase()}") { id type } }`,
      {},
      undefined,
      plain,
    ],
    [
      'aliases',
      `subscription { now: dialogEvents(dialogId: "${ID}") { what: type } }`,
      {},
      undefined,
      { now: { what: 'DIALOG_UPDATED' } },
    ],
    [
      '__typename',
      `subscription { dialogEvents(dialogId: "${ID}") { __typename } }`,
      {},
      undefined,
      { dialogEvents: { __typename: 'DialogEventPayload' } },
    ],
    [
      'a fragment before the operation',
      `fragment f on DialogEventPayload { id type } subscription { dialogEvents(dialogId: "${ID}") { ...f } }`,
      {},
      undefined,
      plain,
    ],
    [
      'a fragment around the field',
      `subscription { ...f } fragment f on Subscriptions { dialogEvents(dialogId: "${ID}") { id type } }`,
      {},
      undefined,
      plain,
    ],
    [
      'an inline fragment',
      `subscription { ... on Subscriptions { dialogEvents(dialogId: "${ID}") { id type } } }`,
      {},
      undefined,
      plain,
    ],
    [
      'a directive',
      `subscription ($t: Boolean!) { dialogEvents(dialogId: "${ID}") { id type @include(if: $t) } }`,
      { t: false },
      undefined,
      { dialogEvents: { id: ID } },
    ],
    [
      'the second of two operations',
      `subscription a { dialogEvents(dialogId: "${OTHER}") { id } } subscription b { dialogEvents(dialogId: "${ID}") { id type } }`,
      {},
      'b',
      plain,
    ],
  ])('may be written with %s', async (_, query, variables, operationName, updated) => {
    expect(await read(query, variables, operationName)).toEqual({ dialog: ID, updated });
  });

  test.each<[string, string, Record<string, unknown>, RegExp]>([
    [
      'a variable that is missing',
      'subscription ($id: UUID!) { dialogEvents(dialogId: $id) { id } }',
      {},
      /was not provided/,
    ],
    [
      'a variable that is no UUID',
      'subscription ($id: UUID!) { dialogEvents(dialogId: $id) { id } }',
      { id: 7 },
      /UUID must be text/,
    ],
    [
      'nothing left to subscribe to',
      `subscription { dialogEvents(dialogId: "${ID}") @skip(if: true) { id } }`,
      {},
      /^Subscribe to dialogEvents/,
    ],
    [
      'very many aliases',
      `subscription { dialogEvents(dialogId: "${ID}") { ${Array.from({ length: 100 }, (_, n) => `a${n}: id`).join(' ')} } }`,
      {},
      /selects too much/,
    ],
  ])('is refused with %s', async (_, query, variables, message) => {
    expect(await read(query, variables)).toEqual([expect.stringMatching(message)]);
  });

  test('is one field, and its argument is a UUID', () => {
    expect(
      faultsOf(
        `subscription { a: dialogEvents(dialogId: "${ID}") { id } b: dialogEvents(dialogId: "${OTHER}") { id } }`,
      ),
    ).toEqual(['Anonymous Subscription must select only one top level field.']);
    for (const literal of ['"x"', '7', '{ a: 1 }', 'null']) {
      expect(faultsOf(`subscription { dialogEvents(dialogId: ${literal}) { id } }`)).toHaveLength(1);
    }
  });
});

describe('a document', () => {
  /** `{ a { a { … } } }`, so many fields deep. The published schema has no type that holds itself, so it is not asked. */
  const nested = (depth: number, inner = 'a'): string =>
    `{ ${'a { '.repeat(depth - 1)}${inner}${' }'.repeat(depth - 1)} }`;
  const depthFaults = (query: string): string[] =>
    validate(schema, parseDocument(query), furtherRules({ introspection: true, depthMost: 12 })).map(
      ({ message }) => message,
    );

  test('may nest twelve fields and not thirteen, through fragments as well', () => {
    expect(depthFaults(nested(12))).toEqual([]);
    expect(depthFaults(nested(13))).toEqual(['The operation nests its fields more than 12 deep.']);
    const fragment = 'fragment f on AuthorizedParty { ... on AuthorizedParty { a { a } } }';
    expect(depthFaults(`${nested(11, '...f')} ${fragment}`)).toEqual([]);
    expect(depthFaults(`${nested(12, '...f ...f')} ${fragment}`)).toHaveLength(1);
  });

  test('whose fragments contain each other is refused and not followed', () => {
    const cycle = 'fragment f on AuthorizedParty { name ...g } fragment g on AuthorizedParty { name ...f }';
    expect(faultsOf(`{ parties { ...f } } ${cycle}`)).toEqual([expect.stringContaining('Cannot spread')]);
  });

  test('may ask for the schema where that is allowed, and for __typename everywhere', () => {
    expect(faultsOf(getIntrospectionQuery(), true)).toEqual([]);
    expect(faultsOf(getIntrospectionQuery())).not.toEqual([]);
    expect(faultsOf('{ __typename }')).toEqual([]);
  });

  test('of more than five thousand tokens is not read', () => {
    expect(() => parseDocument(`{ ${'a '.repeat(5000)} }`)).toThrow('tokens');
  });
});
