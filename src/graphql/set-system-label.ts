import type { FaultMap } from '../dialogs/faults.ts';
import { endUserLabeller } from '../dialogs/labeller.ts';
import { type LabelWish, wishFaults } from '../dialogs/labels.ts';
import { setLabels } from '../dialogs/set-labels.ts';
import { Failure } from '../lib/errors.ts';
import type { RootResolver } from './context.ts';
import { type ErrorTypes, orTypedErrors, type TypedError } from './typed-errors.ts';

/** `SetSystemLabelInput`. */
interface Input extends LabelWish {
  readonly dialogId: string;
}

/** What mutations answer. */
export interface Outcome {
  readonly success: boolean;
  readonly errors?: readonly TypedError[];
}

const ERRORS: ErrorTypes<{ readonly success: false }> = {
  byCode: {
    'request-invalid': 'SetSystemLabelValidationError',
    'rule-broken': 'SetSystemLabelDomainError',
    'revision-mismatch': 'SetSystemLabelConcurrencyError',
    'concurrent-change': 'SetSystemLabelConflictError',
    deleted: 'SetSystemLabelEntityDeleted',
    'not-found': 'SetSystemLabelEntityNotFound',
    'not-visible-yet': 'SetSystemLabelEntityNotFound',
    expired: 'SetSystemLabelEntityNotFound',
    'not-authorised': 'SetSystemLabelForbidden',
    'level-too-low': 'SetSystemLabelForbidden',
    'identity-missing': 'SetSystemLabelForbidden',
  },
  payload: { success: false },
};

/** Does what `PUT /enduser/dialogs/{id}/context/systemlabels` does. */
export const setSystemLabel: RootResolver<{ readonly input: Input }, Outcome> = (_, { input }, context) =>
  orTypedErrors(async () => {
    const { dialogs, identity, trace } = context;
    const { dialogId, ...wish } = input;
    refuseFaults(wishFaults(wish));
    const labeller = await endUserLabeller(dialogs, identity);
    await setLabels(dialogs, { labeller, wish, target: { id: dialogId }, trace });
    return { success: true };
  }, ERRORS);

/** Throws `request-invalid` when there are any. */
export function refuseFaults(fields: FaultMap): void {
  if (Object.keys(fields).length > 0) throw new Failure('request-invalid', { fields });
}
