import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type ConstDirectiveNode,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLSchema,
  print,
} from 'graphql';
import { expect, test } from 'vitest';
import { createSchema } from '../../src/graphql/schema.ts';

const PUBLISHED = new URL(
  '../../node_modules/@digdir/dialogporten-schema/schema.verified.graphql',
  import.meta.url,
);
const published = buildSchema(readFileSync(PUBLISHED, 'utf8').replace(/^\uFEFF/, ''));
const served = createSchema();

test('the served schema breaks nothing that the published one promises, and changes nothing dangerously', () => {
  expect(findBreakingChanges(published, served)).toEqual([]);
  expect(findDangerousChanges(published, served)).toEqual([]);
});

test('the served schema promises nothing that the published one does not', () => {
  expect(findBreakingChanges(served, published)).toEqual([]);
  expect(findDangerousChanges(served, published)).toEqual([]);
});

test('directives are applied where the published schema applies them, with the same arguments', () => {
  expect(applied(served)).toEqual(applied(published));
  expect(applied(served)).toContain(
    'Subscriptions.dialogEvents @authorize(policy: "enduserSubscription", apply: VALIDATION)',
  );
});

/** `Type @directive(…)` and `Type.field @directive(…)`, in the order of the document. */
function applied(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    const fields = 'getFields' in type ? Object.values(type.getFields()) : [];
    return [
      ...written(type.name, type.astNode?.directives),
      ...fields.flatMap((field) => written(`${type.name}.${field.name}`, field.astNode?.directives)),
    ];
  });
}

function written(place: string, directives: readonly ConstDirectiveNode[] = []): string[] {
  return directives.map((directive) => `${place} ${print(directive)}`);
}
