import type { OwnerCaller } from './caller.ts';
import type { Faults } from './faults.ts';
import type { ActivityInput, TransmissionInput } from './input.ts';
import type { Actor } from './model.ts';
import { checkAttachments, checkNavigationalActions } from './part-rules.ts';
import { isParty } from './party.ts';
import { checkContent, checkTexts } from './text-rules.ts';

/** The longest description of an activity. */
const LONGEST_DESCRIPTION = 255;

interface Place {
  readonly at: string;
  readonly faults: Faults;
}

export const CONTENT_MISSING = 'must be given unless the dialog is isApiOnly';

/** Rules of one transmission that need nothing but the transmission. */
export function checkTransmission(
  transmission: TransmissionInput,
  caller: OwnerCaller,
  { at, faults }: Place,
): void {
  checkActor(transmission.sender, `${at}sender`, faults);
  if (transmission.content) checkContent(transmission.content, caller, { at: `${at}content`, faults });
  checkAttachments(transmission.attachments ?? [], `${at}attachments`, faults);
  checkNavigationalActions(transmission.navigationalActions ?? [], `${at}navigationalActions`, faults);
}

/** Rules of one activity that need nothing but the activity. */
export function checkActivity(activity: ActivityInput, { at, faults }: Place): void {
  const { type, description = [], transmissionId } = activity;
  checkActor(activity.performedBy, `${at}performedBy`, faults);
  if (type === 'Information') {
    checkTexts(description, LONGEST_DESCRIPTION, { at: `${at}description`, faults });
  } else {
    faults.demand(description.length === 0, `${at}description`, 'is only for activities of type Information');
  }
  const opens = type === 'TransmissionOpened';
  faults.demand(
    opens === (transmissionId !== undefined),
    `${at}transmissionId`,
    opens ? 'must be given' : 'is only for activities of type TransmissionOpened',
  );
}

/** Whether the activity may only be set by those who run correspondences. */
export function isCorrespondenceActivity({ type }: ActivityInput): boolean {
  return type === 'CorrespondenceOpened' || type === 'CorrespondenceConfirmed';
}

/** The service owner stands for itself; anybody else is named by a party URN or by free text, never by both. */
export function checkActor({ actorType, actorId, actorName }: Actor, at: string, faults: Faults): void {
  const named = actorId !== undefined || actorName !== undefined;
  if (actorType === 'ServiceOwner') {
    faults.demand(!named, at, 'must have neither actorId nor actorName when the actor is the service owner');
    return;
  }
  const both = actorId !== undefined && actorName !== undefined;
  faults.demand(named && !both, at, 'must have either actorId or actorName');
  if (actorId !== undefined) faults.demand(isParty(actorId), `${at}.actorId`, 'must be a party URN');
}
