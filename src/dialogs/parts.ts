import { Failure } from '../lib/errors.ts';
import { refuseDeleted } from './change.ts';
import { activityView, onlookerOf, type Viewer } from './end-user-view.ts';
import { findOwned, type OwnerQuery } from './get-for-owner.ts';
import { chooseTexts } from './languages.ts';
import type { Activity, SeenEntry, WholeDialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { asItIs } from './owner-view.ts';
import { withNames } from './seen.ts';
import { type SeenEntryView, seenEntryView } from './seen-view.ts';
import { mapTexts } from './view.ts';

/** What is read of a dialog on its own: activities, transmissions, the seen log. Such a reading is never noted. */

/** The caller's dialog with the whole seen log. Throws `not-found` and `deleted`. */
export async function openForOwner(
  dialogs: DialogsOptions,
  query: Pick<OwnerQuery, 'caller' | 'id'>,
): Promise<WholeDialog> {
  const { dialog } = await findOwned(dialogs, query, 'all');
  refuseDeleted(dialog);
  return withNames(dialogs, dialog);
}

/** The one with this id. Throws `not-found`. */
export function pick<Part extends { readonly id: string }>(parts: readonly Part[], id: string): Part {
  const part = parts.find((each) => each.id === id.toLowerCase());
  if (!part) throw new Failure('not-found');
  return part;
}

/** An activity in a list: what happened and when. */
export type ActivityItemView = Omit<Activity, 'performedBy' | 'description'>;

export function ownerActivityItem(activity: Activity): ActivityItemView {
  const { performedBy: _, description: __, ...item } = activity;
  return item;
}

export type EndUserActivityItemView = Omit<Activity, 'performedBy'>;

export function endUserActivityItem(activity: Activity, viewer: Viewer): EndUserActivityItemView {
  const { performedBy: _, ...item } = activity;
  return inLanguage(item, viewer);
}

export function endUserActivity(activity: Activity, viewer: Viewer): Activity {
  return inLanguage(activityView(activity, viewer), viewer);
}

export function inLanguage<T>(value: T, { languages }: Viewer): T {
  return mapTexts(value, (texts) => chooseTexts(texts, languages));
}

/** An entry of the seen log for its service owner; it does not say who is looking. */
export function ownerSeenEntry(entry: SeenEntry): Omit<SeenEntryView, 'isCurrentEndUser'> {
  const { isCurrentEndUser: _, ...view } = seenEntryView(entry, { showActor: asItIs });
  return view;
}

export function endUserSeenEntry(entry: SeenEntry, viewer: Viewer): SeenEntryView {
  return seenEntryView(entry, onlookerOf(viewer));
}
