import { type DialogCommand, lockOwned, refuseStale } from './change.ts';
import { type Telling, tell } from './dialog-events.ts';
import type { DialogsOptions } from './options.ts';
import { buryDialog } from './queries.ts';
import { releaseDue } from './release.ts';
import { type Done, transact, type Written } from './transact.ts';
import { commitAfter } from './write.ts';

/**
 * Removes the dialog and everything that belongs to it at once, held events too; a tombstone keeps its id from being
 * used again for as long as its events are kept. It is told as deleted, unless that was told before.
 */
export function purgeDialog(dialogs: DialogsOptions, command: DialogCommand): Promise<Written> {
  return transact(dialogs, async (transaction): Promise<Done> => {
    const { dialog: before, now } = await lockOwned(transaction, command);
    refuseStale(before.revision, command.ifMatch);
    const telling: Telling = { baseUrl: dialogs.baseUrl, now, trace: command.trace };
    const released = await releaseDue(transaction, before, telling);
    const quiet = command.silent || before.deletedAt !== null;
    const told = tell(released.dialog, quiet ? [] : [{ kind: 'deleted' }], telling);
    const events = [...released.events, ...told.events];
    const grave = { now, days: dialogs.retentionDays };
    await commitAfter(transaction, [buryDialog(transaction, told.dialog, grave)], events);
    return { id: before.id, revision: before.revision, wrote: true, told: events.length > 0 };
  });
}
