import { Failure } from '../lib/errors.ts';
import { changeDialog, type DialogCommand, refuseDeleted } from './change.ts';
import type { DialogsOptions } from './options.ts';
import type { Written } from './transact.ts';
import { applyUpdate } from './update.ts';

/** Keeps the dialog from being changed by anybody but an administrator. Throws `scope-missing` for anybody else. */
export async function freezeDialog(dialogs: DialogsOptions, command: DialogCommand): Promise<Written> {
  if (!command.caller.admin) throw new Failure('scope-missing');
  const { silent } = command;
  return changeDialog(dialogs, command, {
    allow: refuseDeleted,
    decide: ({ dialog, children, now }) =>
      applyUpdate(
        dialog,
        { replaced: { frozen: true }, transmissions: [], activities: [] },
        { now, silent, children },
      ),
  });
}
