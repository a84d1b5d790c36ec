import { randomUUID } from 'node:crypto';
import { changeDialog, type DialogCommand, refuseDeleted, refuseFrozen } from './change.ts';
import type { DialogsOptions } from './options.ts';
import type { Written } from './transact.ts';

/**
 * Hides the dialog from end users; its service owner still sees it and may restore it. `updatedAt` does not move.
 * Throws `deleted` for a second time.
 */
export function deleteDialog(dialogs: DialogsOptions, command: DialogCommand): Promise<Written> {
  return changeDialog(dialogs, command, {
    allow: (dialog) => {
      refuseDeleted(dialog);
      refuseFrozen(dialog, command.caller);
    },
    decide: ({ dialog, now }) => ({
      dialog: { ...dialog, deletedAt: now, revision: randomUUID() },
      transmissions: [],
      activities: [],
      labels: [],
      happenings: command.silent ? [] : [{ kind: 'deleted' }],
    }),
  });
}
