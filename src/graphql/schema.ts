import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isObjectType,
  isScalarType,
} from 'graphql';
import { refuseUnfit } from './arguments.ts';
import { bulkSetSystemLabels } from './bulk-set-system-labels.ts';
import { dialogById } from './dialog-by-id.ts';
import { watchDialog } from './dialog-events.ts';
import { dialogLookup } from './dialog-lookup.ts';
import { teachEnum } from './enums.ts';
import { FIELDS } from './fields.ts';
import { limits } from './limits.ts';
import { parties } from './parties.ts';
import { teachScalar } from './scalars.ts';
import { searchDialogs } from './search-dialogs.ts';
import { serviceResources } from './service-resources.ts';
import { setSystemLabel } from './set-system-label.ts';

/** The published SDL. The folder lies beside `src` and beside `dist`. */
const CONTRACT = new URL('../../contracts/dialogporten.graphql', import.meta.url);

const QUERIES = { dialogById, searchDialogs, dialogLookup, parties, limits, serviceResources };
const MUTATIONS = { setSystemLabel, bulkSetSystemLabels };

/** The schema that is served: the whole published SDL. Its types are the views of the rooms below, in their words. */
export function createSchema(): GraphQLSchema {
  const schema = buildSchema(readFileSync(CONTRACT, 'utf8'));
  for (const type of Object.values(schema.getTypeMap())) {
    if (isScalarType(type)) teachScalar(type);
    else if (isEnumType(type)) teachEnum(type);
    else if (isObjectType(type)) connect(type, FIELDS[type.name] ?? {});
  }
  connectRoots(schema.getQueryType(), QUERIES);
  connectRoots(schema.getMutationType(), MUTATIONS);
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

function connectRoots(
  type: GraphQLObjectType | null | undefined,
  resolvers: Readonly<Record<string, unknown>>,
): void {
  for (const [name, field] of Object.entries(type?.getFields() ?? {})) {
    const resolve = resolvers[name] as GraphQLFieldResolver<unknown, unknown> | undefined;
    if (!resolve) throw new Error(`nothing stands behind ${name}`);
    field.resolve = (...call) => {
      const [, args] = call;
      refuseUnfit(args);
      return resolve(...call);
    };
  }
}
