import { isOrganizationNumber, isPersonNumber } from '../../lib/person-number.ts';
import { isDate } from '../../lib/time.ts';
import { isUuid } from '../../lib/uuid.ts';
import { derivedPartyId, derivedPartyUuid, derivedUserId } from '../derived-ids.ts';
import { isPartyUrn, organizationUrn, personUrn, systemUserUrn } from '../party-identifiers.ts';
import { resourceUrn } from './resource-document.ts';
import type { GrantRow, PartyRow } from './rows.ts';
import { boolean, integer, list, matching, object, optional, type Shape, text } from './shape.ts';

/** The register of a folder is held in memory while it is read; beyond this, a register of one's own is called for. */
const MOST_PARTIES = 200_000;
const MOST_GRANTS = 500_000;
const MOST_IN_GRANT = 1000;

const id = integer(1, 2 ** 31 - 1);
const uuid = matching(isUuid, 'must be a UUID');
const organizationNumber = matching(
  isOrganizationNumber,
  'must be an organisation number (nine digits, mod-11)',
);
const personNumber = matching(isPersonNumber, "must be a person's number (eleven digits, mod-11)");
/** The URN of a party, wherever a document or a request names one. */
export const partyUrn = matching(isPartyUrn, 'must be the URN of an organisation, a person or a system user');
const date = matching(isDate, 'must be a date such as 1984-04-08');
const code = matching((value) => /^[^\s]{1,200}$/.test(value), 'must be a code without spaces');

const organization = object({
  orgNumber: organizationNumber,
  name: text(),
  partyId: optional(id),
  partyUuid: optional(uuid),
  mainUnit: optional(organizationNumber),
  type: optional(text(100)),
  deleted: optional(boolean),
});

const person = object({
  pid: personNumber,
  name: text(),
  partyId: optional(id),
  partyUuid: optional(uuid),
  userId: optional(id),
  dateOfBirth: optional(date),
});

const systemUser = object({ id: uuid, owner: organizationNumber });

const actions = list(code, MOST_IN_GRANT);

const grant = object({
  to: partyUrn,
  party: partyUrn,
  roles: optional(list(code, MOST_IN_GRANT)),
  accessPackages: optional(list(code, MOST_IN_GRANT)),
  resources: optional(list(object({ resource: resourceUrn, actions }), MOST_IN_GRANT)),
  instances: optional(list(object({ resource: resourceUrn, instance: text(), actions }), MOST_IN_GRANT)),
  keyRole: optional(boolean),
  mainAdministrator: optional(boolean),
});

export const readOrganization: Shape<PartyRow> = (value, at, faults) => {
  const read = organization(value, at, faults);
  const urn = organizationUrn(read.orgNumber);
  return {
    urn,
    kind: 'organization',
    name: read.name,
    party_id: read.partyId ?? derivedPartyId(urn),
    party_uuid: read.partyUuid?.toLowerCase() ?? derivedPartyUuid(urn),
    user_id: null,
    belongs_to: read.mainUnit === undefined ? null : organizationUrn(read.mainUnit),
    document: { type: read.type, isDeleted: read.deleted },
  };
};

export const readPerson: Shape<PartyRow> = (value, at, faults) => {
  const read = person(value, at, faults);
  const urn = personUrn(read.pid);
  return {
    urn,
    kind: 'person',
    name: read.name,
    party_id: read.partyId ?? derivedPartyId(urn),
    party_uuid: read.partyUuid?.toLowerCase() ?? derivedPartyUuid(urn),
    user_id: read.userId ?? derivedUserId(urn),
    belongs_to: null,
    document: { dateOfBirth: read.dateOfBirth },
  };
};

/** A system user has no name of its own; its party UUID is its id. */
export const readSystemUser: Shape<PartyRow> = (value, at, faults) => {
  const read = systemUser(value, at, faults);
  const urn = systemUserUrn(read.id);
  return {
    urn,
    kind: 'systemUser',
    name: read.id.toLowerCase(),
    party_id: derivedPartyId(urn),
    party_uuid: read.id.toLowerCase(),
    user_id: null,
    belongs_to: organizationUrn(read.owner),
    document: {},
  };
};

export const readGrant: Shape<GrantRow> = (value, at, faults) => {
  const read = grant(value, at, faults);
  return {
    // Only a system user's URN has letters in its value.
    recipient: read.to.toLowerCase(),
    party: read.party.toLowerCase(),
    roles: read.roles ?? [],
    access_packages: read.accessPackages ?? [],
    resources: read.resources ?? [],
    instances: read.instances ?? [],
    key_role: read.keyRole ?? false,
    main_administrator: read.mainAdministrator ?? false,
  };
};

/** `parties.json`, in the order of the file. */
export const readParties = object({
  organizations: optional(list(readOrganization, MOST_PARTIES)),
  persons: optional(list(readPerson, MOST_PARTIES)),
  systemUsers: optional(list(readSystemUser, MOST_PARTIES)),
  grants: optional(list(readGrant, MOST_GRANTS)),
});
