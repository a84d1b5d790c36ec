import { randomUUID } from 'node:crypto';
import { Failure } from '../lib/errors.ts';
import { changeDialog, type DialogCommand } from './change.ts';
import type { DialogsOptions } from './options.ts';
import { activityOf } from './read-queries.ts';
import type { Written } from './transact.ts';

export interface RetimeCommand extends DialogCommand {
  readonly activityId: string;
  /** Wire time. */
  readonly createdAt: string;
}

/**
 * Says that a form was saved at another time than its activity tells, for administrators, on deleted dialogs too. Nobody
 * is told; `updatedAt` follows when the form was saved later. Throws `scope-missing`, `not-found`, `rule-broken` for an
 * activity of another type, and `revision-mismatch`.
 */
export async function retimeFormSaved(dialogs: DialogsOptions, command: RetimeCommand): Promise<Written> {
  const { caller, id, activityId, createdAt } = command;
  if (!caller.admin) throw new Failure('scope-missing');
  return changeDialog(dialogs, command, {
    allow: () => undefined,
    find: (queries) => activityOf(queries, id, activityId),
    decide: ({ dialog }, activity) => {
      if (!activity) throw new Failure('not-found');
      if (activity.type !== 'FormSaved') {
        throw new Failure('rule-broken', { fields: { type: ['must be FormSaved'] } });
      }
      if (activity.createdAt === createdAt) return undefined;
      const updatedAt = createdAt > dialog.updatedAt ? createdAt : dialog.updatedAt;
      return {
        dialog: { ...dialog, updatedAt, revision: randomUUID() },
        retimed: { ...activity, createdAt },
        ...{ transmissions: [], activities: [], labels: [], happenings: [] },
      };
    },
  });
}
