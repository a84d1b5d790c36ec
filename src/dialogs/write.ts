import type { Transaction } from '../db/database.ts';
import type { EventDraft } from '../events/event.ts';
import { appendAndCommit } from '../events/queries.ts';
import { toError } from '../lib/errors.ts';
import {
  insertActivities,
  insertTransmissions,
  retimeActivity,
  updateTransmission,
} from './child-queries.ts';
import { isOwnersAlone } from './dialog-events.ts';
import { planExpiry } from './expiry-queries.ts';
import type { LabelChange } from './labels.ts';
import type { Activity, Dialog, Transmission } from './model.ts';
import { holdEvents, insertDialog, insertLabelChanges, updateDialog, writeWords } from './queries.ts';

/** Everything that one request leaves behind. */
export interface Change {
  /** The row as it was; undefined for a new dialog. */
  readonly before?: Dialog;
  readonly after: Dialog;
  readonly transmissions: readonly Transmission[];
  readonly activities: readonly Activity[];
  /** Takes the place of the one with its id. */
  readonly revised?: Transmission | undefined;
  /** Has happened at another time. */
  readonly retimed?: Activity | undefined;
  readonly labels: readonly LabelChange[];
  readonly events: readonly EventDraft[];
  /** Wire time of the request. */
  readonly now: string;
}

/**
 * Writes the change, appends its events and commits, all in one round trip: no answer is waited for between the
 * statements, and the append is the last of them.
 */
export function writeAndCommit(transaction: Transaction, change: Change): Promise<void> {
  return commitAfter(transaction, [...writes(transaction, change)], change.events);
}

/**
 * Appends the events behind statements that have been sent, and commits. Without events nothing is appended, so that a
 * silent change leaves no trace in the log.
 */
export async function commitAfter(
  transaction: Transaction,
  sent: readonly Promise<unknown>[],
  events: readonly EventDraft[],
): Promise<void> {
  const committed = events.length > 0 ? appendAndCommit(transaction, events) : transaction.commit();
  // All are waited for: the first failure is the cause, and what stands behind it in the pipeline fails in its wake.
  const outcomes = await Promise.allSettled([...sent, committed]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw toError(failed.reason);
}

/** Sends the statements of a change, in order. */
export function* writes(transaction: Transaction, change: Change): Iterable<Promise<unknown>> {
  const { before, after, transmissions, activities, revised, retimed, labels, now } = change;
  yield before ? updateDialog(transaction, before, after) : insertDialog(transaction, after);
  if (transmissions.length > 0) yield insertTransmissions(transaction, after.id, transmissions);
  if (activities.length > 0) yield insertActivities(transaction, after.id, activities);
  if (revised) yield updateTransmission(transaction, after.id, revised);
  if (retimed) yield retimeActivity(transaction, after.id, retimed);
  if (changesTexts(change)) yield writeWords(transaction, after.id);
  if (labels.length > 0) yield insertLabelChanges(transaction, { id: after.id, at: now }, labels);
  const held = after.held ? change.events.filter(({ type }) => !isOwnersAlone(type)) : [];
  if (held.length > 0) yield holdEvents(transaction, after.id, held);
  if ((before?.expiresAt ?? null) !== after.expiresAt) yield planExpiry(transaction, after);
}

/** Whether the dialog says something else than before: then its words are written anew, behind what they are made from. */
function changesTexts({ before, after, transmissions, activities, revised }: Change): boolean {
  const appended =
    transmissions.length > 0 || activities.some(({ description = [] }) => description.length > 0);
  return appended || revised !== undefined || before?.document !== after.document;
}
