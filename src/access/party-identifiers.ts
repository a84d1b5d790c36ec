import { isOrganizationNumber, isPersonNumber } from '../lib/person-number.ts';
import { isUuid } from '../lib/uuid.ts';

/** How parties are named, on the wire and in policies (Altinn Events and Dialogporten, party identifiers). */
export const ORGANIZATION = 'urn:altinn:organization:identifier-no';
export const PERSON = 'urn:altinn:person:identifier-no';
export const SYSTEM_USER = 'urn:altinn:systemuser:uuid';
export const PARTY_ID = 'urn:altinn:partyid';
export const PARTY_UUID = 'urn:altinn:party:uuid';
export const USER_ID = 'urn:altinn:userid';
export const ORG = 'urn:altinn:org';

export function organizationUrn(orgNumber: string): string {
  return `${ORGANIZATION}:${orgNumber}`;
}

export function personUrn(pid: string): string {
  return `${PERSON}:${pid}`;
}

export function systemUserUrn(id: string): string {
  return `${SYSTEM_USER}:${id.toLowerCase()}`;
}

/** An attribute id and its value, as XACML and the register know a party by. */
export type PartyAttribute = readonly [id: string, value: string];

/** The older path forms of a subject (`/party/50012345`) and the attribute that each stands for. */
const PATH_FORMS: Readonly<Record<string, string>> = {
  party: PARTY_ID,
  user: USER_ID,
  org: ORG,
  organisation: ORGANIZATION,
  person: PERSON,
  systemuser: SYSTEM_USER,
};

/**
 * The attribute that a party or an event's subject stands for: a path form by its table, a URN split at its last
 * colon. Undefined for anything else, which then adds nothing to a decision request.
 */
export function partyAttribute(identifier: string): PartyAttribute | undefined {
  if (identifier.startsWith('/')) {
    const end = identifier.indexOf('/', 1);
    const id = PATH_FORMS[identifier.slice(1, end)];
    return end > 0 && id !== undefined ? [id, identifier.slice(end + 1)] : undefined;
  }
  const colon = identifier.lastIndexOf(':');
  return colon > 4 && /^urn:/i.test(identifier)
    ? [identifier.slice(0, colon), identifier.slice(colon + 1)]
    : undefined;
}

/** Whether the text is the URN of an organisation, a person or a system user, with a number that can exist. */
export function isPartyUrn(text: string): boolean {
  const colon = text.lastIndexOf(':');
  const value = text.slice(colon + 1);
  switch (text.slice(0, colon)) {
    case ORGANIZATION:
      return isOrganizationNumber(value);
    case PERSON:
      return isPersonNumber(value);
    case SYSTEM_USER:
      return isUuid(value);
    default:
      return false;
  }
}
