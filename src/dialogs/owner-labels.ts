import { randomUUID } from 'node:crypto';
import { Failure } from '../lib/errors.ts';
import { changeDialog, type DialogCommand, refuseDeleted } from './change.ts';
import { Faults } from './faults.ts';
import type { Dialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { MOST_OWNER_LABELS, normalizeOwnerLabel } from './owner-label-rules.ts';
import type { Written } from './transact.ts';
import type { Outcome } from './update.ts';

/** `ifMatch` means the revision of the service owner's context, and so does the revision that is answered. */
export interface OwnerLabelCommand extends Omit<DialogCommand, 'silent'> {
  readonly label: string;
}

/** Adds a label, which end users never see. Throws `label-exists`, and `request-invalid` for one too many. */
export function addOwnerLabel(dialogs: DialogsOptions, command: OwnerLabelCommand): Promise<Written> {
  const label = normalizeOwnerLabel(command.label);
  return changeLabels(dialogs, command, (labels) => {
    if (labels.includes(label)) throw new Failure('label-exists');
    const faults = new Faults();
    faults.demand(labels.length < MOST_OWNER_LABELS, 'value', `must not be label ${MOST_OWNER_LABELS + 1}`);
    faults.refuse('request-invalid');
    return [...labels, label];
  });
}

/** Takes a label away. Throws `not-found` for one that is not there. */
export function removeOwnerLabel(dialogs: DialogsOptions, command: OwnerLabelCommand): Promise<Written> {
  const label = normalizeOwnerLabel(command.label);
  return changeLabels(dialogs, command, (labels) => {
    if (!labels.includes(label)) throw new Failure('not-found', { detail: 'The dialog has no such label.' });
    return labels.filter((each) => each !== label);
  });
}

function changeLabels(
  dialogs: DialogsOptions,
  command: OwnerLabelCommand,
  change: (labels: readonly string[]) => readonly string[],
): Promise<Written> {
  return changeDialog(
    dialogs,
    { ...command, silent: false },
    {
      revisionOf: ({ ownerContextRevision }) => ownerContextRevision,
      allow: refuseDeleted,
      decide: ({ dialog }) => relabelled(dialog, change(dialog.ownerLabels)),
    },
  );
}

function relabelled(dialog: Dialog, ownerLabels: readonly string[]): Outcome {
  return {
    dialog: { ...dialog, ownerLabels, ownerContextRevision: randomUUID() },
    transmissions: [],
    activities: [],
    labels: [],
    happenings: [{ kind: 'ownerlabels' }],
  };
}
