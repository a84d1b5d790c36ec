import { isOrganizationNumber, isPersonNumber } from '../../lib/person-number.ts';
import { isUuid } from '../../lib/uuid.ts';
import {
  ORG,
  ORGANIZATION,
  organizationUrn,
  PARTY_ID,
  PARTY_UUID,
  PERSON,
  partyAttribute,
  personUrn,
  SYSTEM_USER,
  systemUserUrn,
  USER_ID,
} from '../party-identifiers.ts';
import type { PartyRecord } from '../ports.ts';
import { BadAnswer, listOf, type Members, membersOf, textOf } from './json-members.ts';

/** How Altinn Register names what we name otherwise. */
const REGISTER_NAMES: Readonly<Record<string, string>> = {
  [PARTY_ID]: 'urn:altinn:party:id',
  [PARTY_UUID]: 'urn:altinn:party:uuid',
  // A system user's party has the system user's own id.
  [SYSTEM_USER]: 'urn:altinn:party:uuid',
  [USER_ID]: 'urn:altinn:user:id',
  [ORGANIZATION]: ORGANIZATION,
  [PERSON]: PERSON,
};

/** What the register takes for a value; it refuses a whole request for one that cannot be. */
const TAKES: Readonly<Record<string, (value: string) => boolean>> = {
  [PARTY_ID]: isNumbered,
  [PARTY_UUID]: isUuid,
  [SYSTEM_USER]: isUuid,
  [USER_ID]: isNumbered,
  [ORGANIZATION]: isOrganizationNumber,
  [PERSON]: isPersonNumber,
};

const HIGHEST_ID = 2 ** 31 - 1;

function isNumbered(digits: string): boolean {
  return /^[1-9]\d{0,9}$/.test(digits) && Number(digits) <= HIGHEST_ID;
}

/**
 * The URN under which Altinn Register finds the party; undefined for what it cannot find anybody by. An organisation
 * may be named by `/org/{number}`; a short code is the resource registry's word, not the register's.
 */
export function registerUrn(identifier: string): string | undefined {
  const [id = '', value = ''] = partyAttribute(identifier.toLowerCase()) ?? [];
  const known = id === ORG ? ORGANIZATION : id;
  return TAKES[known]?.(value) ? `${REGISTER_NAMES[known]}:${value}` : undefined;
}

/** A party as the register has it, with the register's own URN of every id that it can be asked for by. */
export interface RegisteredParty {
  readonly record: PartyRecord;
  readonly urns: readonly string[];
}

/** The parties of an answer; those of kinds that have no URN here are left out. Throws `BadAnswer`. */
export function readParties(json: unknown): RegisteredParty[] {
  const { data } = membersOf(json, 'the answer');
  return listOf(data, 'data').flatMap((one) => readParty(membersOf(one, 'a party')) ?? []);
}

function readParty(party: Members): RegisteredParty | undefined {
  const urn = urnOf(party);
  if (urn === undefined) return undefined;
  const user = membersOf(party['user'] ?? {}, 'user');
  const userIds = [user['userid'], ...listOf(user['userids'], 'userIds')].filter(isId);
  const partyUuid = textOf(party['partyuuid'])?.toLowerCase();
  const partyId = party['partyid'];
  if (partyUuid === undefined || !isId(partyId)) throw new BadAnswer('a party has no ids');
  return {
    record: {
      ...{ urn, partyId, partyUuid, userId: userIds[0] },
      name: textOf(party['displayname']) ?? '',
      dateOfBirth: textOf(party['dateofbirth']),
    },
    urns: [
      registerUrn(urn),
      `${REGISTER_NAMES[PARTY_ID]}:${partyId}`,
      `${REGISTER_NAMES[PARTY_UUID]}:${partyUuid}`,
      ...userIds.map((id) => `${REGISTER_NAMES[USER_ID]}:${id}`),
    ].filter((each) => each !== undefined),
  };
}

function urnOf(party: Members): string | undefined {
  const organization = textOf(party['organizationidentifier']);
  if (organization !== undefined) return organizationUrn(organization);
  const person = textOf(party['personidentifier']);
  if (person !== undefined) return personUrn(person);
  const uuid = textOf(party['partyuuid']);
  return party['partytype'] === 'system-user' && uuid !== undefined ? systemUserUrn(uuid) : undefined;
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
