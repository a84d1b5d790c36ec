import { type FaultMap, Faults } from './faults.ts';
import { type LabelWish, wishFaults } from './labels.ts';
import type { LabelTarget } from './set-labels.ts';

/** Dialogs of which an end user changes the labels at once. */
export const END_USER_BULK_MOST = 100;

/** The body of a change of several dialogs' labels. */
interface BulkWish extends LabelWish {
  readonly dialogs?: readonly { readonly dialogId: string; readonly endUserContextRevision?: string }[];
}

/** What is wrong with the body, apart from what the schema says: how many dialogs it names, and one named twice. */
export function bulkFaults(body: BulkWish, most: number): FaultMap {
  const faults = new Faults();
  const ids = (body.dialogs ?? []).map(({ dialogId }) => dialogId);
  faults.demand(ids.length > 0 && ids.length <= most, 'dialogs', `must be 1–${most} dialogs`);
  const seen = new Set<string>();
  for (const [index, id] of ids.entries()) {
    faults.demand(!seen.has(id), `dialogs[${index}].dialogId`, 'must not be repeated');
    seen.add(id);
  }
  faults.addAll(wishFaults(body));
  return faults.fields;
}

export function targetsOf({ dialogs = [] }: BulkWish): LabelTarget[] {
  return dialogs.map(({ dialogId, endUserContextRevision }) => ({
    id: dialogId,
    ifMatch: endUserContextRevision,
  }));
}
