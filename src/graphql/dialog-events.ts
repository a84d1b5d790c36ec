import { createSourceEventStream, type ExecutionArgs, executeSync, GraphQLError } from 'graphql';
import type { LiveChange } from '../live/hub.ts';

/** A `dialogEvents` operation that may be served: which dialog, and what each change looks like to this client. */
export interface DialogEventsOperation {
  readonly dialog: string;
  /** One GraphQL response for each change, as JSON text: made once, written as often as the dialog changes. */
  readonly frames: Readonly<Record<LiveChange, string>>;
}

/** Largest frame, in characters: every stream keeps its own, and aliases can make them as long as the document. */
const FRAME_MOST = 2000;

/**
 * Reads a subscription that has been validated. The dialog is the one that the executor would subscribe to: of the
 * operation that is executed, through fragments, after variables have been coerced. Looking only at the first
 * definition of the document would let a second one through unseen.
 */
export async function readDialogEvents(
  args: ExecutionArgs,
): Promise<DialogEventsOperation | readonly GraphQLError[]> {
  // It rejects when nothing is left to subscribe to: the field was skipped by a directive.
  const source = await createSourceEventStream(args).catch(() => undefined);
  if (source instanceof WatchedDialog) return withFrames(source.dialog, args);
  if (source && 'errors' in source && source.errors) return source.errors;
  return [new GraphQLError('Subscribe to dialogEvents.')];
}

/** The source of the field `dialogEvents`. */
export function watchDialog(_: unknown, { dialogId }: { readonly dialogId: string }): WatchedDialog {
  return new WatchedDialog(dialogId);
}

/** Iterable because graphql-js wants a source to be. Nobody iterates: changes come from the hub, made into frames. */
class WatchedDialog {
  readonly dialog: string;

  constructor(dialog: string) {
    this.dialog = dialog;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<never> {}
}

function withFrames(dialog: string, args: ExecutionArgs): DialogEventsOperation | readonly GraphQLError[] {
  const frame = (type: LiveChange): string =>
    // The response to one event is the execution of the selection over that event (GraphQL §6.2.3).
    JSON.stringify(executeSync({ ...args, rootValue: { dialogEvents: { id: dialog, type } } }));
  const frames = { DIALOG_UPDATED: frame('DIALOG_UPDATED'), DIALOG_DELETED: frame('DIALOG_DELETED') };
  if (Object.values(frames).every((text) => text.length <= FRAME_MOST)) return { dialog, frames };
  return [new GraphQLError('The subscription selects too much: id and type are all there is.')];
}
