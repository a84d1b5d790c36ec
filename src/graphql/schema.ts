import { readFileSync } from 'node:fs';
import {
  buildSchema,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
  isScalarType,
  Kind,
} from 'graphql';
import { errorCodes } from '../lib/errors.ts';
import { isUuid } from '../lib/uuid.ts';

/** The published SDL. The folder lies beside `src` and beside `dist`. */
const CONTRACT = new URL('../../contracts/dialogporten.graphql', import.meta.url);

/**
 * The schema that is served: the whole published SDL. Queries and mutations answer with a clear error, so that a client
 * can tell "not served yet" from "nothing there".
 *
 * @param subscribe the source of `dialogEvents`
 */
export function createSchema(subscribe: GraphQLFieldResolver<unknown, unknown>): GraphQLSchema {
  const schema = buildSchema(readFileSync(CONTRACT, 'utf8'));
  refuseFields(schema.getQueryType());
  refuseFields(schema.getMutationType());
  const dialogEvents = schema.getSubscriptionType()?.getFields()['dialogEvents'];
  const uuid = schema.getType('UUID');
  if (!dialogEvents || !isScalarType(uuid)) throw new Error('the SDL lacks dialogEvents or UUID');
  dialogEvents.subscribe = subscribe;
  readUuids(uuid);
  return schema;
}

function refuseFields(type: GraphQLObjectType | null | undefined): void {
  for (const [name, field] of Object.entries(type?.getFields() ?? {})) {
    field.resolve = () => {
      const message = `${name}: ${errorCodes.get('not-built')?.title}`;
      throw new GraphQLError(message, { extensions: { code: 'not-built' } });
    };
  }
}

/** A scalar of an SDL takes anything until it is told what it means. UUIDs are compared in lower case. */
function readUuids(scalar: GraphQLScalarType): void {
  const read = (value: unknown): string => {
    if (typeof value === 'string' && isUuid(value)) return value.toLowerCase();
    throw new GraphQLError('UUID must be text such as "0194fe82-9280-77a5-a7cd-5ff0e6a6fa07".');
  };
  scalar.parseValue = read;
  scalar.parseLiteral = (node) => read(node.kind === Kind.STRING ? node.value : undefined);
}
