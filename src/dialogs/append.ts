import { Failure } from '../lib/errors.ts';
import type { OwnerCaller } from './caller.ts';
import { changeDialog, type DialogCommand, type Present, refuseDeleted, refuseFrozen } from './change.ts';
import { CONTENT_MISSING, checkActivity, checkTransmission } from './child-rules.ts';
import { type Completion, toActivity, toTransmission } from './content.ts';
import { type FaultMap, Faults } from './faults.ts';
import type { ActivityInput, TransmissionInput } from './input.ts';
import type { DialogsOptions } from './options.ts';
import { checkId } from './part-rules.ts';
import { type ActorNames, referencesIn, resolveReferences } from './references.ts';
import { idSource, refuseForeignActivities } from './replace.ts';
import type { Written } from './transact.ts';
import { applyUpdate, type Update } from './update.ts';

/** What was appended, and the dialog's new revision. */
export interface Appended extends Written {
  readonly childId: string;
}

export interface AddTransmissionCommand extends DialogCommand {
  /** Has passed the schema and `transmissionFaults`. */
  readonly input: TransmissionInput;
}

export interface AddActivityCommand extends DialogCommand {
  /** Has passed the schema and `activityFaults`. */
  readonly input: ActivityInput;
}

/** What is wrong with the body of a transmission, apart from what the schema says. */
export function transmissionFaults(input: TransmissionInput, caller: OwnerCaller): FaultMap {
  const faults = new Faults();
  checkId(input.id, 'id', faults);
  checkTransmission(input, caller, { at: '', faults });
  return faults.fields;
}

/** What is wrong with the body of an activity, apart from what the schema says. */
export function activityFaults(input: ActivityInput): FaultMap {
  const faults = new Faults();
  checkId(input.id, 'id', faults);
  checkActivity(input, { at: '', faults });
  return faults.fields;
}

/** Appends a transmission; told as updated and transmission.created. Throws what a PUT throws. */
export async function addTransmission(
  dialogs: DialogsOptions,
  command: AddTransmissionCommand,
): Promise<Appended> {
  return append(dialogs, command, (completion) => {
    const transmission = toTransmission(command.input, completion);
    return { id: transmission.id, transmissions: [transmission], activities: [] };
  });
}

/** Appends an activity; told as updated and activity.*. An administrator may append to a deleted dialog. */
export async function addActivity(dialogs: DialogsOptions, command: AddActivityCommand): Promise<Appended> {
  refuseForeignActivities([command.input], command.caller);
  return append(dialogs, command, (completion) => {
    const activity = toActivity(command.input, completion);
    return { id: activity.id, transmissions: [], activities: [activity] };
  });
}

/** Only known once the dialog is. Throws `request-invalid`. */
export function refuseContentless(input: TransmissionInput | ActivityInput, isApiOnly: boolean): void {
  if (isApiOnly || !('sender' in input) || input.content !== undefined) return;
  throw new Failure('request-invalid', { fields: { content: [CONTENT_MISSING] } });
}

type Child = Pick<Update, 'transmissions' | 'activities'> & { readonly id: string };

async function append(
  dialogs: DialogsOptions,
  command: AddTransmissionCommand | AddActivityCommand,
  make: (completion: Completion) => Child,
): Promise<Appended> {
  const { caller, silent, input } = command;
  const names: ActorNames = await resolveReferences(dialogs, caller, referencesIn(input));
  const mayAppendToDeleted = caller.admin && 'performedBy' in input;
  let childId = '';
  const written = await changeDialog(dialogs, command, {
    allow: (dialog) => {
      if (!mayAppendToDeleted) refuseDeleted(dialog);
      refuseFrozen(dialog, caller);
    },
    needsChildren: true,
    decide: ({ dialog, children, now }: Present) => {
      refuseContentless(input, dialog.isApiOnly);
      const child = make({ newId: idSource(now), names, createdAt: now });
      childId = child.id;
      return applyUpdate(dialog, { ...child, replaced: {}, alone: true }, { now, silent, children });
    },
  });
  return { ...written, childId };
}
