import { randomUUID } from 'node:crypto';
import type { Transaction } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import { derivedUuidv7 } from '../lib/uuid.ts';
import { type Happening, type Telling, tell } from './dialog-events.ts';
import { labelChanges } from './labels.ts';
import { lateNames } from './late-names.ts';
import type { Actor, Dialog, SeenEntry, WholeDialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { lockDialog } from './queries.ts';
import { insertSeen, isInSeenLog, limitLockWait, nameSeenBy } from './read-queries.ts';
import { nameOf } from './references.ts';
import { releaseDue } from './release.ts';
import { type Done, transact } from './transact.ts';
import type { Outcome } from './update.ts';
import { commitAfter, writes } from './write.ts';

export interface Reading {
  /** The dialog as it was read. */
  readonly dialog: WholeDialog;
  readonly now: string;
  /** URN of who reads. */
  readonly user: string;
  readonly viaOwner: boolean;
  readonly trace: string | null;
}

/**
 * Notes that the user has fetched the dialog (Dialogporten contract, "Seen"): one entry and one pair of events, updated
 * and seen, for each user and state of the dialog. Readers who come at the same moment are told apart by the row lock:
 * the first writes, the others find it written and raise nothing. Neither revision nor times move.
 *
 * Noting never fails a reading: where somebody else holds the row for too long, or the database goes, the reading is
 * answered all the same, and the user's next one is noted in its place.
 *
 * Returns the dialog as the reader is to see it, with the new entry.
 */
export async function markSeen(dialogs: DialogsOptions, reading: Reading): Promise<WholeDialog> {
  const dialog = await withNames(dialogs, reading.dialog);
  if (isSeen(reading)) return dialog;
  // Asked before any lock is taken; a register that does not answer costs the name, not the reading.
  const name = await nameOf(dialogs, reading.user);
  const entry = entryOf(reading, name);
  const noted = await transact(dialogs, (transaction) =>
    note(transaction, { dialogs, reading, entry }),
  ).catch((thrown: unknown) => passOver(dialogs, thrown));
  if (!noted) return dialog;
  const seenLog = [entry, ...dialog.seenLog.filter(({ id }) => id !== entry.id)];
  return { ...dialog, ...noted.context, contentSeen: true, seenLog };
}

/** What costs the note and not the reading. Throws everything else on. */
function passOver({ log }: DialogsOptions, thrown: unknown): undefined {
  const costsTheNote =
    thrown instanceof Failure && ['concurrent-change', 'database-unavailable'].includes(thrown.code);
  if (!costsTheNote) throw thrown;
  log.warn({ err: thrown.message }, 'a reading could not be noted');
}

/** Nothing has changed since this user fetched it last. */
function isSeen({ dialog, user }: Reading): boolean {
  const marked = dialog.systemLabels.includes('MarkedAsUnopened');
  const since = dialog.seenLog.some(({ seenBy, seenAt }) => seenBy === user && seenAt >= dialog.updatedAt);
  return since && dialog.contentSeen && !marked;
}

/** The id is made from the state that was read, so that two readings of the same state make the same entry. */
function entryOf({ dialog, now, user, viaOwner }: Reading, name: string | undefined): SeenEntry {
  return {
    id: derivedUuidv7(dialog.id, `${dialog.updatedAt} ${dialog.contentSeen} ${user}`),
    seenAt: now > dialog.updatedAt ? now : dialog.updatedAt,
    seenBy: user,
    ...(name !== undefined && { seenByName: name }),
    viaOwner,
  };
}

interface Note {
  readonly dialogs: DialogsOptions;
  readonly reading: Reading;
  readonly entry: SeenEntry;
}

/** The end-user context as the reading leaves it: its revision is what the reader's next change of labels names. */
type Context = Pick<Dialog, 'systemLabels' | 'endUserContextRevision'>;

interface Noted extends Done {
  readonly context: Context;
}

/** Longest wait for a writer who holds the row, in milliseconds. */
const PATIENCE = 1000;

async function note(transaction: Transaction, { dialogs, reading, entry }: Note): Promise<Noted> {
  const { id } = reading.dialog;
  const [, locked, known] = await Promise.all([
    limitLockWait(transaction, PATIENCE),
    lockDialog(transaction, id),
    isInSeenLog(transaction, id, entry.id),
  ]);
  const current = locked?.dialog ?? reading.dialog;
  const nothing = { id, revision: current.revision, wrote: false, told: false, context: contextOf(current) };
  if (!locked || locked.dialog.deletedAt !== null) return nothing;
  const telling: Telling = { baseUrl: dialogs.baseUrl, now: locked.now, trace: reading.trace };
  const released = await releaseDue(transaction, locked.dialog, telling);
  const outcome = see(released.dialog, { reading, entry, known });
  const { dialog: after, events: own } = tell(outcome.dialog, outcome.happenings, telling);
  if (after === locked.dialog) return nothing;
  const events = [...released.events, ...own];
  const change = { ...outcome, before: locked.dialog, after, events, now: locked.now };
  const sent = [...writes(transaction, change)];
  if (!known) sent.push(insertSeen(transaction, id, entry));
  await commitAfter(transaction, sent, events);
  const context = contextOf(after);
  return { id, revision: after.revision, wrote: true, told: events.length > 0, context };
}

function contextOf({ systemLabels, endUserContextRevision }: Dialog): Context {
  return { systemLabels, endUserContextRevision };
}

interface Sight {
  readonly reading: Reading;
  readonly entry: SeenEntry;
  /** The entry stands in the log already. */
  readonly known: boolean;
}

/** The dialog once seen. Content that came after what was read is not marked, and a mark that came after it stays. */
function see(dialog: Dialog, { reading, entry, known }: Sight): Outcome {
  const contentSeen = dialog.contentSeen || dialog.contentUpdatedAt === reading.dialog.contentUpdatedAt;
  const wasMarked = reading.dialog.systemLabels.includes('MarkedAsUnopened');
  const systemLabels = wasMarked
    ? dialog.systemLabels.filter((label) => label !== 'MarkedAsUnopened')
    : dialog.systemLabels;
  const labels = labelChanges(dialog.systemLabels, systemLabels, actorOf(entry));
  const same = known && contentSeen === dialog.contentSeen && labels.length === 0;
  const nothingElse = { transmissions: [], activities: [] };
  if (same) return { ...nothingElse, dialog, labels, happenings: [] };
  const happenings: Happening[] = [{ kind: 'updated' }];
  if (!known) happenings.push({ kind: 'seen', seenLogId: entry.id });
  if (labels.length > 0) happenings.push({ kind: 'labels' });
  const relabelled = labels.length > 0 && { systemLabels, endUserContextRevision: randomUUID() };
  return { ...nothingElse, dialog: { ...dialog, contentSeen, ...relabelled }, labels, happenings };
}

/** Who has seen the dialog, as an actor. */
export function actorOf({ seenBy, seenByName }: Pick<SeenEntry, 'seenBy' | 'seenByName'>): Actor {
  return {
    actorType: 'PartyRepresentative',
    actorId: seenBy,
    ...(seenByName !== undefined && { actorName: seenByName }),
  };
}

/** Fills in names that the register could not tell when they were noted. Never fails a reading. */
export async function withNames(dialogs: DialogsOptions, dialog: WholeDialog): Promise<WholeDialog> {
  const nameless = dialog.seenLog.filter(({ seenByName }) => seenByName === undefined);
  if (nameless.length === 0) return dialog;
  const users = nameless.map(({ seenBy }) => seenBy);
  const names = await lateNames(dialogs, users, (seenBy, name) =>
    nameSeenBy(dialogs.database, dialog.id, { seenBy, name }),
  );
  const seenLog = dialog.seenLog.map((entry) => {
    const seenByName = entry.seenByName ?? names.get(entry.seenBy);
    return seenByName === undefined ? entry : Object.assign({}, entry, { seenByName });
  });
  return { ...dialog, seenLog };
}
