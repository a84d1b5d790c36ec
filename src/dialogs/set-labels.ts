import { randomUUID } from 'node:crypto';
import type { Transaction } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import { type Telling, tell } from './dialog-events.ts';
import { lockDialogs } from './label-queries.ts';
import { type LabelWish, labelChanges, relabel } from './labels.ts';
import type { Labeller } from './labeller.ts';
import { findObstacles, lostSince, type Obstacles } from './label-obstacles.ts';
import type { DialogsOptions } from './options.ts';
import type { LockedDialog } from './queries.ts';
import { releaseDue } from './release.ts';
import { type Done, transact, type Written } from './transact.ts';
import { type Change, commitAfter, writes } from './write.ts';

/** A dialog whose labels are to be changed. */
export interface LabelTarget {
  readonly id: string;
  /** Revision that its end-user context must still have. */
  readonly ifMatch?: string | undefined;
}

interface Labelling {
  readonly labeller: Labeller;
  /** Has passed the schema and `wishFaults`. */
  readonly wish: LabelWish;
  /** W3C traceparent of the request. */
  readonly trace: string | null;
}

export interface LabelOne extends Labelling {
  readonly target: LabelTarget;
}

export interface LabelSeveral extends Labelling {
  /** Each dialog once. */
  readonly targets: readonly LabelTarget[];
}

/**
 * Changes the system labels of a dialog (Dialogporten contract, "Seen log and labels"). The dialog's own revision and
 * times stay; what is answered is the revision of its end-user context, which stays too when nothing has changed.
 * Throws `not-found` for what the labeller may not read, `deleted`, `level-too-low` and `revision-mismatch`.
 */
export function setLabels(dialogs: DialogsOptions, command: LabelOne): Promise<Written> {
  const refuse = (obstacles: Obstacles): void => {
    for (const failure of obstacles.values()) throw failure;
  };
  return label(dialogs, { ...command, targets: [command.target], refuse });
}

/**
 * Changes the system labels of all these dialogs, or of none. Throws `not-found` that names every dialog which is not
 * there for the labeller, deleted ones included, and `revision-mismatch` that names those which have changed.
 */
export async function setLabelsOfSeveral(dialogs: DialogsOptions, command: LabelSeveral): Promise<void> {
  const refuse = (obstacles: Obstacles): void => {
    if (obstacles.size > 0) throw naming('not-found', 'These dialogs cannot be found', obstacles.keys());
  };
  await label(dialogs, { ...command, refuse });
}

interface Refusing extends LabelSeveral {
  readonly refuse: (obstacles: Obstacles) => void;
}

async function label(dialogs: DialogsOptions, command: Refusing): Promise<Written> {
  const { labeller, targets, refuse } = command;
  const ids = targets.map(({ id }) => id);
  // Asked before any lock is taken: neither party nor resource of a dialog ever changes.
  refuse(await findObstacles(dialogs, labeller, ids));
  return transact(dialogs, async (transaction): Promise<Done> => {
    const locked = await lockDialogs(transaction, ids);
    refuse(lostSince(locked, ids));
    refuseStaleContexts(locked, targets);
    const changes = await changesOf(transaction, locked, { ...command, baseUrl: dialogs.baseUrl });
    const sent = changes.flatMap((change) => [...writes(transaction, change)]);
    const events = changes.flatMap((change) => change.events);
    if (sent.length > 0) await commitAfter(transaction, sent, events);
    const revision = (changes[0]?.after ?? locked[0]?.dialog)?.endUserContextRevision ?? '';
    return { id: ids[0] ?? '', revision, wrote: sent.length > 0, told: events.length > 0 };
  });
}

function refuseStaleContexts(locked: readonly LockedDialog[], targets: readonly LabelTarget[]): void {
  const wanted = new Map(targets.map(({ id, ifMatch }) => [id, ifMatch]));
  const stale = locked.filter(({ dialog }) => {
    const ifMatch = wanted.get(dialog.id);
    return ifMatch !== undefined && ifMatch !== dialog.endUserContextRevision;
  });
  if (stale.length === 0) return;
  const ids = stale.map(({ dialog }) => dialog.id);
  throw naming('revision-mismatch', 'The end-user contexts of these dialogs have changed', ids);
}

function naming(code: 'not-found' | 'revision-mismatch', what: string, ids: Iterable<string>): Failure {
  const dialogIds = [...ids];
  return new Failure(code, { detail: `${what}: ${dialogIds.join(', ')}.`, members: { dialogIds } });
}

/** What is to be written of each dialog that changes at all. */
async function changesOf(
  transaction: Transaction,
  locked: readonly LockedDialog[],
  { wish, labeller, trace, baseUrl }: Labelling & { readonly baseUrl: string },
): Promise<Change[]> {
  const changes: Change[] = [];
  for (const { dialog: before, now } of locked) {
    const telling: Telling = { baseUrl, now, trace };
    const released = await releaseDue(transaction, before, telling);
    const systemLabels = relabel(before.systemLabels, wish);
    const labels = labelChanges(before.systemLabels, systemLabels, labeller.performedBy);
    const relabelled =
      labels.length > 0
        ? { ...released.dialog, systemLabels, endUserContextRevision: randomUUID() }
        : released.dialog;
    const told = tell(relabelled, labels.length > 0 ? [{ kind: 'labels' }] : [], telling);
    if (told.dialog === before) continue;
    const events = [...released.events, ...told.events];
    changes.push({ before, after: told.dialog, labels, events, now, transmissions: [], activities: [] });
  }
  return changes;
}
