import {
  getNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
} from 'graphql';

/** The selection set with every field that a type of the schema has, down to the leaves; empty for a leaf. */
export function wholeSelection(schema: GraphQLSchema, output: GraphQLOutputType): string {
  const type = getNamedType(output);
  if (isAbstractType(type)) {
    const kinds = schema
      .getPossibleTypes(type)
      .map((each) => `... on ${each.name} ${wholeSelection(schema, each)}`);
    return `{ __typename ${kinds.join(' ')} }`;
  }
  if (!isObjectType(type)) return '';
  const fields = Object.values(type.getFields());
  return `{ ${fields.map((field) => `${field.name} ${wholeSelection(schema, field.type)}`).join(' ')} }`;
}
