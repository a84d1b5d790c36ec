import { onlookerOf } from './end-user-view.ts';
import { type EndUserQuery, findForEndUser } from './get-for-end-user.ts';
import { type LoggedLabel, nameLabeller, readLabelLog } from './label-queries.ts';
import { lateNames } from './late-names.ts';
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
  const lines = await withNames(dialogs, dialog.id, await readLabelLog(dialogs.database, dialog.id));
  return lines.map(({ at, label, action, performedBy }) => ({
    createdAt: at,
    name: label,
    action,
    performedBy: showActor(performedBy),
  }));
}

/** Fills in names that the register could not tell when the labels were changed. */
async function withNames(
  dialogs: DialogsOptions,
  dialog: string,
  lines: readonly LoggedLabel[],
): Promise<readonly LoggedLabel[]> {
  const nameless = lines.flatMap(({ performedBy: { actorId, actorName } }) =>
    actorId !== undefined && actorName === undefined ? [actorId] : [],
  );
  if (nameless.length === 0) return lines;
  const names = await lateNames(dialogs, nameless, (urn, name) =>
    nameLabeller(dialogs.database, dialog, { urn, name }),
  );
  return lines.map((line) => {
    const actorName = line.performedBy.actorName ?? names.get(line.performedBy.actorId ?? '');
    return actorName === undefined ? line : { ...line, performedBy: { ...line.performedBy, actorName } };
  });
}
