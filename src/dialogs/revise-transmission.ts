import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Failure } from '../lib/errors.ts';
import { refuseContentless } from './append.ts';
import { checkCounts, checkRevised, refuseUsedKeys } from './breaches.ts';
import { changeDialog, type DialogCommand, type Present, refuseDeleted, refuseFrozen } from './change.ts';
import { toTransmission } from './content.ts';
import type { Happening } from './dialog-events.ts';
import type { TransmissionInput } from './input.ts';
import { labelChanges, labelsAfterChange } from './labels.ts';
import type { Dialog, Transmission } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { transmissionOf } from './read-queries.ts';
import { referencesIn, resolveReferences } from './references.ts';
import { idSource } from './replace.ts';
import { stampsAfterChange } from './timestamps.ts';
import type { Written } from './transact.ts';
import { type Children, hasUnopenedContent, isFromParty } from './unopened.ts';
import type { Outcome } from './update.ts';

export interface ReviseTransmissionCommand extends DialogCommand {
  readonly transmissionId: string;
  /** Has passed the schema and `transmissionFaults`; an id in it counts for nothing. */
  readonly input: TransmissionInput;
}

/**
 * PUT of one transmission, for those who may change what was sent: replaces all of it but its id. Told as updated; a
 * transmission is created only once. Throws `not-found`, `idempotent-key-used` and what every other command throws.
 */
export async function reviseTransmission(
  dialogs: DialogsOptions,
  command: ReviseTransmissionCommand,
): Promise<Written> {
  const { caller, silent, input, transmissionId } = command;
  const names = await resolveReferences(dialogs, caller, referencesIn(input));
  return changeDialog(dialogs, command, {
    allow: (dialog) => {
      refuseDeleted(dialog);
      refuseFrozen(dialog, caller);
    },
    needsChildren: true,
    find: (queries) => transmissionOf(queries, command.id, transmissionId),
    decide: (present, before) => {
      const { dialog, now } = present;
      if (!before) throw new Failure('not-found');
      refuseContentless(input, dialog.isApiOnly);
      const completion = { newId: idSource(now), names, createdAt: before.createdAt };
      const after = toTransmission({ ...input, id: before.id }, completion);
      return isDeepStrictEqual(after, before) ? undefined : applyRevision(present, { before, after, silent });
    },
  });
}

interface Revision {
  readonly before: Transmission;
  readonly after: Transmission;
  readonly silent: boolean;
}

/** The dialog with the transmission as it is from now on. Throws `idempotent-key-used` and `rule-broken`. */
function applyRevision({ dialog, children, now }: Present, { before, after, silent }: Revision): Outcome {
  const others = { ...children, transmissions: children.transmissions.filter(({ id }) => id !== after.id) };
  refuseUsedKeys([after], others);
  checkRevised(after, others).refuse('rule-broken');
  const counts = countsAfter(dialog, children, { before, after });
  checkCounts(counts).refuse('rule-broken');
  const systemLabels = silent
    ? dialog.systemLabels
    : labelsAfterChange(dialog.systemLabels, isFromParty(after.type));
  const labels = labelChanges(dialog.systemLabels, systemLabels, { actorType: 'ServiceOwner' });
  return {
    dialog: {
      ...{ ...dialog, ...counts },
      ...stampsAfterChange(dialog, { now, silent, content: true }),
      ...(labels.length > 0 && { systemLabels, endUserContextRevision: randomUUID() }),
      revision: randomUUID(),
    },
    ...{ transmissions: [], activities: [], revised: after, labels },
    happenings: silent ? [] : happenings(labels.length > 0),
  };
}

/** The counters of the dialog when the transmission may have changed sides. */
function countsAfter(
  { serviceResourceType, fromPartyTransmissions, fromOwnerTransmissions }: Dialog,
  children: Children,
  { before, after }: Pick<Revision, 'before' | 'after'>,
): Pick<Dialog, 'fromPartyTransmissions' | 'fromOwnerTransmissions' | 'hasUnopenedContent'> {
  const moved = Number(isFromParty(after.type)) - Number(isFromParty(before.type));
  const transmissions = children.transmissions.map((each) =>
    each.id === after.id ? Object.assign({}, each, { type: after.type }) : each,
  );
  return {
    fromPartyTransmissions: fromPartyTransmissions + moved,
    fromOwnerTransmissions: fromOwnerTransmissions - moved,
    hasUnopenedContent: hasUnopenedContent(serviceResourceType, { ...children, transmissions }),
  };
}

function happenings(labelled: boolean): Happening[] {
  return [{ kind: 'updated' }, ...(labelled ? [{ kind: 'labels' } as const] : [])];
}
