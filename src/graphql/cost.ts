import {
  type DocumentNode,
  type ExecutionArgs,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  Kind,
} from 'graphql';
import { PAGE_MOST } from '../dialogs/search-limits.ts';
import { type FindFragment, fieldsOf, SelectionMeter } from './selections.ts';

/** What a root field costs before anything is selected in it: its statements and decisions, counted in fields. */
const ROOT = 2000;
/** What changing one dialog of many costs, in fields. */
const CHANGE = 200;
/** So many objects a root field is taken to answer with, unless a search says how many it wants. */
const USUAL = 100;

/**
 * Refuses an operation that asks for too much work, before any of it is done. The cost is the sum over the root fields,
 * each of its aliases counted: 2,000, and the fields selected within it times the objects it may answer with (the
 * `limit` of a search, else 100), and 200 for each dialog that is changed in bulk.
 *
 * @param args of a validated operation
 * @returns the faults; none when it may be executed
 */
export function refuseCostly(args: ExecutionArgs, most: number): readonly GraphQLError[] {
  const operation = getOperationAST(args.document, args.operationName);
  const root = operation && args.schema.getRootType(operation.operation);
  if (!operation || !root) return [];
  const variables = getVariableValues(
    args.schema,
    operation.variableDefinitions ?? [],
    args.variableValues ?? {},
  );
  if (variables.errors) return variables.errors;
  const find = fragmentsOf(args.document);
  const meter = new SelectionMeter(find, (counts) => counts.reduce((sum, count) => sum + count, 0));
  let cost = 0;
  for (const node of fieldsOf(operation.selectionSet, find)) {
    const field = root.getFields()[node.name.value]!;
    const { objects, changes } = extentOf(getArgumentValues(field, node, variables.coerced));
    cost += ROOT + meter.measure(node.selectionSet) * objects + changes * CHANGE;
  }
  if (cost <= most) return [];
  return [new GraphQLError(`The operation costs ${cost}, and ${most} is the most. Ask for less at a time.`)];
}

function fragmentsOf(document: DocumentNode): FindFragment {
  const fragments = document.definitions.flatMap((each) =>
    each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [],
  );
  const byName = new Map(fragments);
  return (name) => byName.get(name);
}

/** How many objects a root field may answer with, and how many it changes. */
function extentOf({ input }: { readonly input?: { readonly limit?: number; readonly dialogs?: unknown[] } }) {
  const limit = Math.min(Math.max(input?.limit ?? USUAL, 1), PAGE_MOST);
  return { objects: limit, changes: input?.dialogs?.length ?? 0 };
}
