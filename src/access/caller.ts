import { organizationUrn, personUrn, systemUserUrn } from './party-identifiers.ts';
import type { Identity, Register } from './ports.ts';

/**
 * The consumer of a subscription, first hit wins: `/org/{code}`, `/user/{id}`, `/systemuser/{uuid}`,
 * `/organisation/{number}`. A client never chooses it. Undefined when the token names none of these.
 */
export function consumerOf(identity: Identity): string | undefined {
  if (identity.org !== undefined) return `/org/${identity.org}`;
  if (identity.userId !== undefined) return `/user/${identity.userId}`;
  if (identity.systemUser) return `/systemuser/${identity.systemUser.id}`;
  if (identity.orgNumber !== undefined) return `/organisation/${identity.orgNumber}`;
  return undefined;
}

/** Whether the token carries the scope; letter case makes no difference. */
export function hasScope(identity: Identity, scope: string): boolean {
  const wanted = scope.toLowerCase();
  return identity.scopes.some((held) => held.toLowerCase() === wanted);
}

/** The party URN of the caller itself: the person, else the system user, else the organisation. */
export function partyOf(identity: Identity): string | undefined {
  if (identity.pid !== undefined) return personUrn(identity.pid);
  if (identity.systemUser) return systemUserUrn(identity.systemUser.id);
  return identity.orgNumber === undefined ? undefined : organizationUrn(identity.orgNumber);
}

/**
 * Adds the ids that the register has for a person. A token straight from ID-porten carries the national number only,
 * while a consumer is `/user/{id}`; an id in the token wins.
 */
export async function withRegisteredIds(identity: Identity, register: Register): Promise<Identity> {
  if (identity.pid === undefined || identity.userId !== undefined) return identity;
  const party = await register.party(personUrn(identity.pid));
  if (!party) return identity;
  return {
    ...identity,
    userId: party.userId,
    partyId: identity.partyId ?? party.partyId,
    partyUuid: identity.partyUuid ?? party.partyUuid,
  };
}
