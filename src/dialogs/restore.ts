import { randomUUID } from 'node:crypto';
import { changeDialog, type DialogCommand } from './change.ts';
import type { DialogsOptions } from './options.ts';
import type { Written } from './transact.ts';

/**
 * Takes a deletion back; nothing happens to a dialog that is not deleted. Neither `updatedAt` nor labels move. What was
 * held back when its time came while the dialog was deleted goes out first.
 */
export function restoreDialog(dialogs: DialogsOptions, command: DialogCommand): Promise<Written> {
  return changeDialog(dialogs, command, {
    revives: true,
    allow: () => undefined,
    decide: ({ dialog, restored }) =>
      restored
        ? {
            dialog: { ...dialog, revision: randomUUID() },
            transmissions: [],
            activities: [],
            labels: [],
            happenings: command.silent ? [] : [{ kind: 'restored' }],
          }
        : undefined,
  });
}
