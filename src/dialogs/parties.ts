import type { AuthorizedParty, Identity } from '../access/ports.ts';
import { userUrn } from './caller.ts';
import type { DialogsOptions } from './options.ts';

/** A party that the caller may act for (`V1AccessManagementQueriesGetParties_AuthorizedParty`). */
export interface PartyView {
  readonly party: string;
  readonly partyUuid: string;
  readonly partyId: number;
  readonly name: string;
  readonly dateOfBirth?: string;
  readonly partyType: 'Organization' | 'Person';
  readonly isDeleted: boolean;
  readonly hasKeyRole: boolean;
  readonly isCurrentEndUser: boolean;
  readonly isMainAdministrator: boolean;
  readonly isAccessManager: boolean;
  readonly hasOnlyAccessToSubParties: boolean;
  readonly subParties: readonly PartyView[];
}

/** Role code of those who manage the access of others. */
const ACCESS_MANAGER = 'admai';

/** Everybody whom the caller may act for. Throws `identity-missing`. */
export async function listParties(
  { catalogue }: Pick<DialogsOptions, 'catalogue'>,
  identity: Identity,
): Promise<PartyView[]> {
  userUrn(identity);
  return (await catalogue.authorizedParties(identity)).map(partyView);
}

function partyView(party: AuthorizedParty): PartyView {
  const { urn, partyUuid, partyId, name, dateOfBirth, kind, isDeleted } = party;
  return {
    ...{ party: urn, partyUuid, partyId, name },
    ...(dateOfBirth !== undefined && { dateOfBirth }),
    partyType: kind === 'person' ? 'Person' : 'Organization',
    isDeleted,
    hasKeyRole: party.hasKeyRole,
    isCurrentEndUser: party.isSelf,
    isMainAdministrator: party.isMainAdministrator,
    isAccessManager: party.roles.includes(ACCESS_MANAGER),
    hasOnlyAccessToSubParties: party.onlyForUnits,
    subParties: party.units.map(partyView),
  };
}
