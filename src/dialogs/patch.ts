import { type ChangeRules, changeDialog, type DialogCommand, refuseDeleted, refuseFrozen } from './change.ts';
import type { ReplaceInput } from './input.ts';
import { applyOperations, type PatchOperation } from './json-patch.ts';
import type { Dialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { referencesIn, resolveReferences } from './references.ts';
import { applyReplacement } from './replace.ts';
import type { Written } from './transact.ts';

export interface PatchCommand extends DialogCommand {
  readonly operations: readonly PatchOperation[];
  /** Checks the patched document as the body of a PUT. Throws `request-invalid`. */
  readonly toReplacement: (document: unknown) => ReplaceInput;
}

/** Pointers through which transmissions or activities may come in. */
const APPENDING = /^(?:$|\/?(?:transmissions|activities)(?:\/|$))/i;

/**
 * PATCH: applies the operations to the body that a PUT would have to send to leave the dialog as it is, and then does
 * what that PUT does. Transmissions and activities stand in it as empty lists, so that they can only be appended to.
 */
export async function patchDialog(dialogs: DialogsOptions, command: PatchCommand): Promise<Written> {
  return changeDialog(dialogs, command, await patchRules(dialogs, command));
}

/** What a PATCH is refused for, and what comes of it. */
export async function patchRules(dialogs: DialogsOptions, command: PatchCommand): Promise<ChangeRules> {
  const { operations, caller, toReplacement } = command;
  const names = await resolveReferences(dialogs, caller, referencesIn(operations));
  return {
    allow: (dialog) => {
      refuseDeleted(dialog);
      refuseFrozen(dialog, caller);
    },
    needsChildren: operations.some(({ path }) => APPENDING.test(path)),
    decide: (present) => {
      const patched = applyOperations(replaceModelOf(present.dialog), operations);
      return applyReplacement(present, toReplacement(patched), { command, names });
    },
  };
}

/** The dialog as the body of a PUT. What is not set stands as null, so that `replace` and `test` find it. */
function replaceModelOf({ document, ...dialog }: Dialog): Record<string, unknown> {
  return {
    progress: dialog.progress,
    status: dialog.status,
    extendedStatus: dialog.extendedStatus,
    externalReference: dialog.externalReference,
    dueAt: dialog.dueAt,
    expiresAt: dialog.expiresAt,
    process: dialog.process,
    precedingProcess: dialog.precedingProcess,
    isApiOnly: dialog.isApiOnly,
    content: document.content ?? null,
    searchTags: document.searchTags ?? [],
    attachments: document.attachments ?? [],
    guiActions: document.guiActions ?? [],
    apiActions: document.apiActions ?? [],
    transmissions: [],
    activities: [],
  };
}
