import {
  type DocumentNode,
  execute,
  type ExecutionArgs,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { LiveChange } from '../live/hub.ts';

/** A `dialogEvents` operation that may be served: which dialog, and what each change looks like to this client. */
export interface DialogEventsOperation {
  readonly dialog: string;
  /** One GraphQL response for each change, as JSON text: made once, written as often as the dialog changes. */
  readonly frames: Readonly<Record<LiveChange, string>>;
}

const CHANGES: readonly LiveChange[] = ['DIALOG_UPDATED', 'DIALOG_DELETED'];

/**
 * Reads a subscription: the operation that will be executed, after its variables have been coerced. Looking only at the
 * first definition of the document would let a second one through unseen.
 */
export function readDialogEvents(
  schema: GraphQLSchema,
  request: {
    readonly document: DocumentNode;
    readonly operationName: string | undefined;
    readonly variables: Record<string, unknown>;
  },
): DialogEventsOperation | readonly GraphQLError[] {
  const { document, operationName, variables } = request;
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== 'subscription')
    return [new GraphQLError('The operation is not a subscription.')];
  const dialog = dialogOf(schema, operation, variables);
  if (typeof dialog !== 'string') return dialog;
  const frames = {} as Record<LiveChange, string>;
  for (const type of CHANGES) {
    const args: ExecutionArgs = { schema, document, operationName, variableValues: variables };
    // A subscription's response to one event is the execution of its selection over that event (GraphQL §6.2.3).
    const result = execute({ ...args, rootValue: { dialogEvents: { id: dialog, type } } });
    frames[type] = JSON.stringify(result);
  }
  return { dialog, frames };
}

function dialogOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): string | readonly GraphQLError[] {
  const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  if (coerced.errors) return coerced.errors;
  const [selection] = operation.selectionSet.selections;
  const field = schema.getSubscriptionType()?.getFields()['dialogEvents'];
  if (selection?.kind !== 'Field' || selection.name.value !== 'dialogEvents' || !field) {
    return [new GraphQLError('Subscribe to dialogEvents, written directly in the operation.')];
  }
  return String(getArgumentValues(field, selection, coerced.coerced)['dialogId']).toLowerCase();
}
