import { Failure } from '../lib/errors.ts';
import type { DialogsOptions } from './options.ts';
import { activityReported, type ReportedActivity } from './read-queries.ts';

export interface NotificationQuestion extends ReportedActivity {
  readonly condition: 'Exists' | 'NotExists';
}

/**
 * Whether whoever sends notifications should send this one: the dialog has such an activity, or has none. Which
 * transmission was opened has to be said; that a dialog was opened says nothing of transmissions.
 * Throws `request-invalid`, `not-found` and `deleted`.
 */
export async function shouldSendNotification(
  { database }: Pick<DialogsOptions, 'database'>,
  question: NotificationQuestion,
): Promise<boolean> {
  refuseMisnamed(question);
  const found = await activityReported(database, question);
  if (!found) throw new Failure('not-found');
  if (found.deleted) throw new Failure('deleted');
  return found.reported === (question.condition === 'Exists');
}

function refuseMisnamed({ type, transmissionId }: NotificationQuestion): void {
  const named = transmissionId !== undefined;
  if (type === 'TransmissionOpened' && !named) refuse(`must be given for ${type}`);
  if (type === 'DialogOpened' && named) refuse(`must not be given for ${type}`);
}

function refuse(message: string): never {
  throw new Failure('request-invalid', { fields: { transmissionId: [message] } });
}
