import { Failure } from '../lib/errors.ts';
import { toEpoch } from '../lib/time.ts';
import { uuidv7 } from '../lib/uuid.ts';
import { checkDates } from './breaches.ts';
import type { OwnerCaller } from './caller.ts';
import { changeDialog, type DialogCommand, type Present, refuseDeleted, refuseFrozen } from './change.ts';
import { isCorrespondenceActivity } from './child-rules.ts';
import { type Completion, toActivity, toDocument, toStatus, toTransmission } from './content.ts';
import type { ActivityInput, ReplaceInput } from './input.ts';
import type { DialogsOptions } from './options.ts';
import { type ActorNames, referencesIn, resolveReferences } from './references.ts';
import type { Written } from './transact.ts';
import { applyUpdate, type Outcome } from './update.ts';

export interface ReplaceCommand extends DialogCommand {
  /** Has passed the schema and `replaceFaults`. */
  readonly input: ReplaceInput;
}

/** PUT: replaces what can be replaced and appends transmissions and activities. */
export async function replaceDialog(dialogs: DialogsOptions, command: ReplaceCommand): Promise<Written> {
  const { input, caller } = command;
  const names = await resolveReferences(dialogs, caller, referencesIn(input));
  return changeDialog(dialogs, command, {
    allow: (dialog) => {
      refuseDeleted(dialog);
      refuseFrozen(dialog, caller);
    },
    needsChildren: (input.transmissions ?? []).length + (input.activities ?? []).length > 0,
    decide: (present) => applyReplacement(present, input, { command, names }),
  });
}

/** Applies a whole body to the dialog as it is. Throws `rule-broken` and `not-authorised`. */
export function applyReplacement(
  present: Present,
  input: ReplaceInput,
  { command, names }: { readonly command: DialogCommand; readonly names: ActorNames },
): Outcome | undefined {
  const { dialog, children, now } = present;
  const { caller, silent } = command;
  refuseForeignActivities(input.activities ?? [], caller);
  if (!silent && !caller.admin) {
    const known = { ...dialog, attachments: dialog.document.attachments };
    checkDates(input, known, now).refuse('rule-broken');
  }
  const completion: Completion = { newId: idSource(now), names, createdAt: now };
  const update = {
    replaced: toReplaced(input, completion),
    transmissions: (input.transmissions ?? []).map((each) => toTransmission(each, completion)),
    activities: (input.activities ?? []).map((each) => toActivity(each, completion)),
  };
  return applyUpdate(dialog, update, { now, silent, children });
}

/** What a PUT or create sets; what the body leaves out becomes null. */
export function toReplaced(input: Partial<ReplaceInput>, completion: Completion) {
  return {
    status: toStatus(input.status),
    extendedStatus: input.extendedStatus ?? null,
    externalReference: input.externalReference ?? null,
    progress: input.progress ?? null,
    process: input.process ?? null,
    precedingProcess: input.precedingProcess ?? null,
    isApiOnly: input.isApiOnly ?? false,
    dueAt: input.dueAt ?? null,
    expiresAt: input.expiresAt ?? null,
    document: toDocument(input, completion),
  };
}

/** Ids for what comes without one, rising in the order in which they are asked for. */
export function idSource(now: string): () => string {
  let epoch = toEpoch(now);
  return () => uuidv7(epoch++);
}

export function refuseForeignActivities(activities: readonly ActivityInput[], caller: OwnerCaller): void {
  if (!caller.correspondence && activities.some(isCorrespondenceActivity)) {
    throw new Failure('scope-missing', { detail: 'Activities of correspondences need their own scope.' });
  }
}
