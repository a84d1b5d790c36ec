import { readFileSync } from 'node:fs';
import { buildSchema, GraphQLError, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { errorCodes } from '../lib/errors.ts';

/** The published SDL. The folder lies beside `src` and beside `dist`. */
const CONTRACT = new URL('../../contracts/dialogporten.graphql', import.meta.url);

/** What a root field answers with, by name. */
export type RootFields = Readonly<
  Record<string, (args: Record<string, unknown>, context: unknown) => unknown>
>;

/**
 * The schema that is served: the whole published SDL. A root field that has no resolver here answers with a clear
 * error, so that a client can tell "not served yet" from "nothing there".
 */
export function createSchema(fields: RootFields): GraphQLSchema {
  const schema = buildSchema(readFileSync(CONTRACT, 'utf8'));
  for (const type of [schema.getQueryType(), schema.getMutationType()]) if (type) resolveRoots(type, fields);
  return schema;
}

function resolveRoots(type: GraphQLObjectType, fields: RootFields): void {
  for (const [name, field] of Object.entries(type.getFields())) {
    const resolve = fields[name];
    field.resolve = resolve
      ? (_, args, context) => resolve(args as Record<string, unknown>, context)
      : () => {
          throw new GraphQLError(`${name}: ${errorCodes.get('not-built')?.title}`, {
            extensions: { code: 'not-built' },
          });
        };
  }
}
