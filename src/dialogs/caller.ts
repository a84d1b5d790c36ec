import { personUrn, systemUserUrn } from '../access/party-identifiers.ts';
import type { Identity } from '../access/ports.ts';
import { Failure } from '../lib/errors.ts';

/** A service owner's system, and what its scopes add to the ordinary. */
export interface OwnerCaller {
  readonly orgNumber: string;
  /** May touch every dialog, frozen or not, and set dates in the past. */
  readonly admin: boolean;
  readonly correspondence: boolean;
  readonly legacyHtml: boolean;
}

const PROVIDER = 'digdir:dialogporten.serviceprovider';

/** Scopes of which an end user's token needs one. */
export const END_USER_SCOPES = ['digdir:dialogporten', 'digdir:dialogporten.noconsent'];

/** Throws `identity-missing` when the token names no organisation. */
export function ownerCaller(identity: Identity): OwnerCaller {
  if (identity.orgNumber === undefined) throw new Failure('identity-missing');
  const scopes = new Set(identity.scopes.map((scope) => scope.toLowerCase()));
  return {
    orgNumber: identity.orgNumber,
    admin: scopes.has(`${PROVIDER}.admin`),
    correspondence:
      scopes.has(`${PROVIDER}.correspondence`) || scopes.has('digdir:dialogporten.correspondence'),
    legacyHtml: scopes.has(`${PROVIDER}.legacyhtml`),
  };
}

/** URN of the person or system user who reads. Throws `identity-missing` when the token names neither. */
export function userUrn(identity: Identity): string {
  if (identity.pid !== undefined) return personUrn(identity.pid);
  if (identity.systemUser !== undefined) return systemUserUrn(identity.systemUser.id);
  throw new Failure('identity-missing');
}
