import { bulkFaults, END_USER_BULK_MOST } from '../dialogs/label-targets.ts';
import { endUserLabeller } from '../dialogs/labeller.ts';
import type { LabelWish } from '../dialogs/labels.ts';
import { setLabelsOfSeveral } from '../dialogs/set-labels.ts';
import type { RootResolver } from './context.ts';
import { type Outcome, refuseFaults } from './set-system-label.ts';
import { type ErrorTypes, orTypedErrors } from './typed-errors.ts';

/** `BulkSetSystemLabelInput`. */
interface Input extends LabelWish {
  readonly dialogs: readonly { readonly dialogId: string; readonly enduserContextRevision?: string | null }[];
}

const ERRORS: ErrorTypes<{ readonly success: false }> = {
  byCode: {
    'request-invalid': 'BulkSetSystemLabelValidationError',
    'rule-broken': 'BulkSetSystemLabelDomainError',
    'revision-mismatch': 'BulkSetSystemLabelConcurrencyError',
    'concurrent-change': 'BulkSetSystemLabelConflictError',
    'not-found': 'BulkSetSystemLabelNotFound',
  },
  payload: { success: false },
};

/** Does what `POST /enduser/dialogs/context/systemlabels/actions/bulkset` does: all dialogs are changed, or none. */
export const bulkSetSystemLabels: RootResolver<{ readonly input: Input }, Outcome> = (
  _,
  { input },
  { dialogs, identity, trace },
) =>
  orTypedErrors(async () => {
    refuseFaults(bulkFaults(input, END_USER_BULK_MOST));
    const targets = input.dialogs.map(({ dialogId, enduserContextRevision }) => ({
      id: dialogId,
      ifMatch: enduserContextRevision ?? undefined,
    }));
    const labeller = await endUserLabeller(dialogs, identity);
    await setLabelsOfSeveral(dialogs, { labeller, wish: input, targets, trace });
    return { success: true };
  }, ERRORS);
