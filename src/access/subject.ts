import { type AttributeValues, addAttribute, attributeValues } from './attributes.ts';
import {
  ORG,
  ORGANIZATION,
  organizationUrn,
  PARTY_ID,
  PARTY_UUID,
  partyAttribute,
  personUrn,
  systemUserUrn,
  USER_ID,
} from './party-identifiers.ts';
import type { KnownParty } from './party-index.ts';
import type { Identity } from './ports.ts';
import type { XacmlValue } from './xacml/request.ts';

/** Who asks: one system user, person or organisation, as grants and policies name it. */
export interface Subject {
  /** URN under which grants are found; undefined for somebody whom the register does not know. */
  readonly recipient: string | undefined;
  /** What a decision request says about the subject, whatever the party. */
  readonly attributes: AttributeValues;
}

/** The register, as far as an identity is looked up in it. */
export interface SubjectRegister {
  party(identifier: string): KnownParty | undefined;
}

/** The attribute that organisation numbers had before; policies that are older still name it. */
const LEGACY_ORGANIZATION = 'urn:altinn:organizationnumber';

/**
 * An identity is one subject (Altinn Events, identity → XACML attribute): a system user and nothing else, else a person,
 * else an organisation. Ids of the token stand; those that it lacks are taken from the register. The short code of a
 * service owner stands beside the others.
 */
export function subjectOf(identity: Identity, register: SubjectRegister): Subject {
  const attributes = new Map<string, readonly XacmlValue[]>();
  const add = (id: string, value: string | number | undefined) => {
    if (value !== undefined) addAttribute(attributes, id, attributeValues(id, String(value)));
  };
  const recipient = recipientOf(identity, register);
  const [id, value] = partyAttribute(recipient ?? '') ?? ['', undefined];
  add(id, value);
  if (identity.systemUser !== undefined) return { recipient, attributes };

  const record = recipient === undefined ? undefined : register.party(recipient);
  if (id === ORGANIZATION) add(LEGACY_ORGANIZATION, value);
  add(ORG, identity.org);
  add(USER_ID, identity.userId ?? record?.userId);
  add(PARTY_ID, identity.partyId ?? record?.partyId);
  add(PARTY_UUID, identity.partyUuid ?? record?.partyUuid);
  return { recipient, attributes };
}

function recipientOf(identity: Identity, register: SubjectRegister): string | undefined {
  if (identity.systemUser !== undefined) return systemUserUrn(identity.systemUser.id);
  if (identity.pid !== undefined) return personUrn(identity.pid);
  const named = register.party(namedBy(identity));
  const isOrganization = identity.orgNumber !== undefined && named?.kind !== 'person';
  return isOrganization ? organizationUrn(identity.orgNumber) : named?.urn;
}

/** The first of the ids, in the order in which Altinn looks at them. */
function namedBy({ partyUuid, userId, partyId }: Identity): string {
  if (partyUuid !== undefined) return `${PARTY_UUID}:${partyUuid}`;
  if (userId !== undefined) return `${USER_ID}:${userId}`;
  return partyId === undefined ? '' : `${PARTY_ID}:${partyId}`;
}
