import { readFileSync } from 'node:fs';
import {
  buildSchema,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isObjectType,
  isScalarType,
} from 'graphql';
import { errorCodes } from '../lib/errors.ts';
import { dialogById } from './dialog-by-id.ts';
import { watchDialog } from './dialog-events.ts';
import { teachEnum } from './enums.ts';
import { FIELDS } from './fields.ts';
import { limits } from './limits.ts';
import { teachScalar } from './scalars.ts';

/** The published SDL. The folder lies beside `src` and beside `dist`. */
const CONTRACT = new URL('../../contracts/dialogporten.graphql', import.meta.url);

/** What stands behind each root field. */
const ROOTS = { dialogById, limits };

/**
 * The schema that is served: the whole published SDL, whose types are the views of the rooms below, in their words. Root
 * fields that are not built answer with a clear error, so that a client can tell "not served yet" from "nothing there".
 */
export function createSchema(): GraphQLSchema {
  const schema = buildSchema(readFileSync(CONTRACT, 'utf8'));
  for (const type of Object.values(schema.getTypeMap())) {
    if (isScalarType(type)) teachScalar(type);
    else if (isEnumType(type)) teachEnum(type);
    else if (isObjectType(type)) connect(type, FIELDS[type.name] ?? {});
  }
  serve(schema.getQueryType());
  serve(schema.getMutationType());
  const dialogEvents = schema.getSubscriptionType()?.getFields()['dialogEvents'];
  if (!dialogEvents) throw new Error('the SDL lacks dialogEvents');
  dialogEvents.subscribe = watchDialog;
  return schema;
}

function connect(type: GraphQLObjectType, resolvers: Readonly<Record<string, unknown>>): void {
  for (const [name, resolve] of Object.entries(resolvers)) {
    type.getFields()[name]!.resolve = resolve as GraphQLFieldResolver<unknown, unknown>;
  }
}

function serve(type: GraphQLObjectType | null | undefined): void {
  const served: Readonly<Record<string, unknown>> = ROOTS;
  for (const [name, field] of Object.entries(type?.getFields() ?? {})) {
    field.resolve = (served[name] ?? (() => refuse(name))) as GraphQLFieldResolver<unknown, unknown>;
  }
}

function refuse(name: string): never {
  throw new GraphQLError(`${name}: ${errorCodes.get('not-built')?.title}`, {
    extensions: { code: 'not-built' },
  });
}
