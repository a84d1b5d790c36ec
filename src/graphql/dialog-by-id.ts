import { type EndUserDialogView } from '../dialogs/end-user-view.ts';
import { getForEndUser } from '../dialogs/get-for-end-user.ts';
import type { RootResolver } from './context.ts';
import { type ErrorTypes, orTypedErrors, type TypedError } from './typed-errors.ts';

interface Payload {
  readonly dialog?: EndUserDialogView;
  readonly errors?: readonly TypedError[];
}

const ERRORS: ErrorTypes<object> = {
  byCode: {
    'not-found': 'DialogByIdNotFound',
    'not-visible-yet': 'DialogByIdNotVisible',
    expired: 'DialogByIdExpired',
    deleted: 'DialogByIdDeleted',
    'not-authorised': 'DialogByIdForbidden',
    'identity-missing': 'DialogByIdForbidden',
    'level-too-low': 'DialogByIdForbiddenAuthLevelTooLow',
  },
  payload: {},
};

/** The dialog as `GET /enduser/dialogs/{id}` answers it, dialog token included; noted as seen. */
export const dialogById: RootResolver<{ readonly dialogId: string }, Payload> = (_, { dialogId }, context) =>
  orTypedErrors(async () => {
    const { dialogs, identity, languages, trace } = context;
    return { dialog: await getForEndUser(dialogs, { identity, id: dialogId, languages, trace }) };
  }, ERRORS);
