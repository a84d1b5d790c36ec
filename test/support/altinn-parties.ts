import { derivedPartyId, derivedPartyUuid, derivedUserId } from '../../src/access/derived-ids.ts';
import type { StandInParty } from './altinn-decisions.ts';

/** A party whom tokens of the development issuer and the stand-in know by the same ids. */
export function standInParty(urn: string, more: Partial<StandInParty> = {}): StandInParty {
  const partyId = derivedPartyId(urn);
  const partyUuid = derivedPartyUuid(urn);
  const userId = urn.startsWith('urn:altinn:person:') ? derivedUserId(urn) : undefined;
  const user = userId === undefined ? [] : [`urn:altinn:user:id:${userId}`];
  return {
    ...{ urn, partyId, partyUuid, name: `PARTY ${partyId}` },
    ...(userId !== undefined && { userId }),
    urns: [urn, `urn:altinn:party:id:${partyId}`, `urn:altinn:party:uuid:${partyUuid}`, ...user],
    ...more,
  };
}
