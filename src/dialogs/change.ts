import type { Queries, Transaction } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import type { OwnerCaller } from './caller.ts';
import { childrenOf } from './child-queries.ts';
import { type Telling, tell } from './dialog-events.ts';
import type { Dialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { type LockedDialog, lockDialog } from './queries.ts';
import { releaseDue } from './release.ts';
import { type Done, transact, type Written } from './transact.ts';
import { type Children, NO_CHILDREN } from './unopened.ts';
import type { Outcome } from './update.ts';
import { writeAndCommit } from './write.ts';

/** What every command about an existing dialog brings. */
export interface DialogCommand {
  readonly caller: OwnerCaller;
  readonly id: string;
  /** Revision that the dialog must still have. */
  readonly ifMatch?: string | undefined;
  /** Nobody is told, and times and labels stay. */
  readonly silent: boolean;
  /** W3C traceparent of the request. */
  readonly trace: string | null;
}

/** What is known once the row is locked, with what was held back already released. */
export interface Present {
  readonly dialog: Dialog;
  readonly children: Children;
  readonly now: string;
  /** The dialog was deleted, and this command takes that back. */
  readonly restored: boolean;
}

export interface ChangeRules<Found = undefined> {
  /** Throws what forbids the command in this state. */
  readonly allow: (dialog: Dialog) => void;
  /** What else the decision depends on; sent behind the lock in the same round trip. */
  readonly find?: (queries: Queries) => Promise<Found>;
  /** Undefined when there is nothing to change. */
  readonly decide: (present: Present, found: Found | undefined) => Outcome | undefined;
  /** The decision depends on what the dialog has grown. */
  readonly needsChildren?: boolean;
  /** The command takes a deletion back. */
  readonly revives?: boolean;
  /** The revision that the caller has seen and is told of: the dialog's own, unless a context's is meant. */
  readonly revisionOf?: (dialog: Dialog) => string;
}

function ownRevision({ revision }: Dialog): string {
  return revision;
}

/**
 * The way of every command: lock the row, see that it may be changed, release what is due, decide, then write, append
 * and commit in one round trip. Throws `not-found`, `revision-mismatch` and what the rules throw.
 */
export function changeDialog<Found>(
  dialogs: DialogsOptions,
  command: DialogCommand,
  rules: ChangeRules<Found>,
): Promise<Written> {
  const { revisionOf = ownRevision } = rules;
  return transact(dialogs, async (transaction): Promise<Done> => {
    const [{ dialog: before, now, children }, found] = await Promise.all([
      lockOwned(transaction, command, rules.needsChildren),
      rules.find?.(transaction),
    ]);
    rules.allow(before);
    refuseStale(revisionOf(before), command.ifMatch);
    const telling: Telling = { baseUrl: dialogs.baseUrl, now, trace: command.trace };
    const restored = rules.revives === true && before.deletedAt !== null;
    const present = restored ? { ...before, deletedAt: null } : before;
    const released = await releaseDue(transaction, present, telling);
    const { dialog } = released;
    const outcome = rules.decide({ dialog, children, now, restored }, found) ?? unchanged(dialog);
    if (outcome.dialog === before)
      return { id: before.id, revision: revisionOf(before), wrote: false, told: false };
    const told = tell(outcome.dialog, outcome.happenings, telling);
    const events = [...released.events, ...told.events];
    await writeAndCommit(transaction, { ...outcome, before, after: told.dialog, events, now });
    return { id: before.id, revision: revisionOf(told.dialog), wrote: true, told: events.length > 0 };
  });
}

function unchanged(dialog: Dialog): Outcome {
  return { dialog, transmissions: [], activities: [], labels: [], happenings: [] };
}

/** Locks the caller's dialog. Throws `not-found` for one that does not exist or belongs to somebody else. */
export async function lockOwned(
  transaction: Transaction,
  { caller, id }: DialogCommand,
  needsChildren = false,
): Promise<LockedDialog & { readonly children: Children }> {
  const [locked, children] = await Promise.all([
    lockDialog(transaction, id),
    needsChildren ? childrenOf(transaction, id) : NO_CHILDREN,
  ]);
  if (!locked || (locked.dialog.owner !== caller.orgNumber && !caller.admin)) throw new Failure('not-found');
  return { ...locked, children };
}

/** Throws `revision-mismatch` unless the revision is the one that the caller has seen. */
export function refuseStale(revision: string, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && ifMatch !== revision) throw new Failure('revision-mismatch');
}

export function refuseDeleted({ deletedAt }: Dialog): void {
  if (deletedAt !== null) throw new Failure('deleted');
}

/** A frozen dialog is changed by nobody but an administrator; only purge goes past it. */
export function refuseFrozen({ frozen }: Dialog, caller: OwnerCaller): void {
  if (frozen && !caller.admin) throw new Failure('not-authorised', { detail: 'The dialog is frozen.' });
}
