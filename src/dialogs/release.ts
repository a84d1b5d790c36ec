import { createHash } from 'node:crypto';
import type { Transaction } from '../db/database.ts';
import type { EventDraft } from '../events/event.ts';
import { type Telling, tell } from './dialog-events.ts';
import type { Dialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { lockDialog, takeHeldEvents } from './queries.ts';
import { transact } from './transact.ts';
import { writeAndCommit } from './write.ts';

/**
 * A dialog whose `visibleFrom` lies ahead is held: its events are for the owner alone and are kept aside. When the time
 * has come, whoever locks the row first (the timer, a write, a read that marks seen, a restore) lets them go to
 * everybody else, before anything of its own: the same ids, bytes and sequence numbers at new positions. Held is a
 * column and not a comparison with the clock, so that there is exactly one such moment. A deleted dialog is not
 * released; if it is restored later, all that was held goes out then.
 */
export async function releaseDue(
  transaction: Transaction,
  dialog: Dialog,
  telling: Telling,
): Promise<Released> {
  const { held, visibleFrom, deletedAt } = dialog;
  const due = held && deletedAt === null && (visibleFrom ?? '') <= telling.now;
  if (!due) return { dialog, events: [] };
  const kept = await takeHeldEvents(transaction, dialog.id);
  const events = kept.map(
    (event, index): EventDraft =>
      Object.assign({}, event, { audience: 'others' as const, change: dialog.change + index + 1 }),
  );
  const visible = { ...dialog, held: false, change: dialog.change + events.length };
  const told = tell(visible, [{ kind: 'visible' }], telling);
  return { dialog: told.dialog, events: [...events, ...told.events] };
}

export interface Released {
  readonly dialog: Dialog;
  /** What is to be appended before anything else. */
  readonly events: readonly EventDraft[];
}

/**
 * The timer's part: releases the dialog if that is due. Resolves to false when it is still to come, so that the timer
 * asks again; to true when there is nothing left to do, for whatever reason.
 */
export async function releaseDialog(dialogs: DialogsOptions, id: string): Promise<boolean> {
  const done = await transact(dialogs, async (transaction) => {
    const locked = await lockDialog(transaction, id);
    const idle = { id, revision: '', wrote: false, told: false };
    if (!locked) return { ...idle, waits: false };
    const { dialog: before, now } = locked;
    const telling: Telling = { baseUrl: dialogs.baseUrl, now, trace: null };
    const { dialog: after, events } = await releaseDue(transaction, before, telling);
    if (events.length === 0) return { ...idle, waits: before.held && before.deletedAt === null };
    await writeAndCommit(transaction, { before, after, now, events, ...NOTHING_ELSE });
    return { id, revision: after.revision, wrote: true, told: true, waits: false };
  });
  return !done.waits;
}

const NOTHING_ELSE = { transmissions: [], activities: [], labels: [] };

/** The lane in which the release of a dialog is due: 0–255, spread evenly whatever ids clients choose. */
export function laneOf(id: string): number {
  return createHash('sha256').update(id).digest().readUInt8(0);
}
