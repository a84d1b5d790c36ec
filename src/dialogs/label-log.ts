import { onlookerOf } from './end-user-view.ts';
import { type EndUserQuery, findForEndUser } from './get-for-end-user.ts';
import { readLabelLog } from './label-queries.ts';
import type { Actor } from './model.ts';
import type { DialogsOptions } from './options.ts';

/** A line of the label log (`V1EndUserEndUserContextQueriesSearchLabelAssignmentLog_LabelAssignmentLog`). */
export interface LabelLogView {
  readonly createdAt: string;
  /** `systemlabel:<label>` */
  readonly name: string;
  readonly action: 'set' | 'remove';
  readonly performedBy: Actor;
}

/** Who has set and removed system labels, the newest line first. Throws what a reading of a dialog's parts throws. */
export async function labelLogForEndUser(
  dialogs: DialogsOptions,
  query: EndUserQuery,
): Promise<LabelLogView[]> {
  const { dialog, viewer } = await findForEndUser(dialogs, query);
  const { showActor } = onlookerOf(viewer);
  const lines = await readLabelLog(dialogs.database, dialog.id);
  return lines.map(({ at, label, action, performedBy }) => ({
    createdAt: at,
    name: label,
    action,
    performedBy: showActor(performedBy),
  }));
}
