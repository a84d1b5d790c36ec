import { type CloudEvent, toBytes } from '../events/cloud-event.ts';
import type { EventDraft } from '../events/event.ts';
import { toEpoch } from '../lib/time.ts';
import { uuidv7 } from '../lib/uuid.ts';
import type { Telling, Told } from './dialog-events.ts';
import { unplanExpiry } from './expiry-queries.ts';
import type { Dialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { lockDialog } from './queries.ts';
import { releaseDue } from './release.ts';
import { type Done, transact } from './transact.ts';
import { commitAfter, writes } from './write.ts';

/**
 * The timer's part when `expiresAt` has passed: end users can no longer see the dialog, and that is told once, to those
 * who name `budstikka.dialog.expired.v1`. Nothing is told of a dialog that has been deleted, or whose time was moved:
 * then it has been planned anew.
 */
export async function expireDialog(dialogs: DialogsOptions, id: string): Promise<void> {
  await transact(dialogs, async (transaction): Promise<Done> => {
    const locked = await lockDialog(transaction, id);
    const idle = { id, revision: '', wrote: false, told: false };
    if (!locked || !isExpired(locked.dialog, locked.now)) return idle;
    const { dialog: before, now } = locked;
    const telling: Telling = { baseUrl: dialogs.baseUrl, now, trace: null };
    const released = await releaseDue(transaction, before, telling);
    const told = tellExpired(released.dialog, telling);
    const events = [...released.events, ...told.events];
    const sent = [...writes(transaction, { ...NOTHING_ELSE, before, after: told.dialog, events, now })];
    await commitAfter(transaction, [...sent, unplanExpiry(transaction, id)], events);
    return { id, revision: told.dialog.revision, wrote: true, told: true };
  });
}

const NOTHING_ELSE = { transmissions: [], activities: [], labels: [] };

function isExpired({ expiresAt, deletedAt }: Dialog, now: string): boolean {
  return deletedAt === null && expiresAt !== null && expiresAt <= now;
}

/** An event of our own: it counts as a change, not in the published sequence, and carries the number it comes after. */
function tellExpired(before: Dialog, { baseUrl, now, trace }: Telling): Told {
  const dialog = { ...before, change: before.change + 1 };
  const event: CloudEvent = {
    specversion: '1.0',
    id: uuidv7(toEpoch(now)),
    source: `${baseUrl}/dialogporten/api/v1/enduser/dialogs/${dialog.id}`,
    type: 'budstikka.dialog.expired.v1',
    time: now,
    resource: dialog.serviceResource,
    resourceinstance: dialog.id,
    subject: dialog.party,
    dialogsequenceafter: dialog.dialogSequence,
  };
  const draft: EventDraft = {
    audience: dialog.held ? 'owner' : 'all',
    owner: dialog.owner,
    change: dialog.change,
    dialogSequence: null,
    type: event.type,
    resource: dialog.serviceResource,
    resourceInstance: dialog.id,
    subject: dialog.party,
    source: event.source,
    id: event.id,
    time: now,
    bytes: toBytes(event),
    trace,
  };
  return { dialog, events: [draft] };
}
