import { type EndUserLookupView, lookUpForEndUser } from '../dialogs/look-up.ts';
import type { RootResolver } from './context.ts';
import { type ErrorTypes, orTypedErrors, type TypedError } from './typed-errors.ts';

interface Payload {
  readonly lookup?: EndUserLookupView;
  readonly errors?: readonly TypedError[];
}

const ERRORS: ErrorTypes<object> = {
  byCode: {
    'request-invalid': 'DialogLookupValidationError',
    'not-found': 'DialogLookupNotFound',
    'not-visible-yet': 'DialogLookupNotFound',
    expired: 'DialogLookupNotFound',
    'not-authorised': 'DialogLookupForbidden',
    'identity-missing': 'DialogLookupForbidden',
  },
  payload: {},
};

/** What `GET /enduser/dialoglookup` answers; nothing is noted as seen. */
export const dialogLookup: RootResolver<{ readonly instanceRef: string }, Payload> = (
  _,
  { instanceRef },
  { dialogs, identity, languages },
) =>
  orTypedErrors(
    async () => ({ lookup: await lookUpForEndUser(dialogs, { identity, instanceRef, languages }) }),
    ERRORS,
  );
