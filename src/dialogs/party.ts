import { ORGANIZATION, PERSON, SYSTEM_USER } from '../access/party-identifiers.ts';
import { isOrganizationNumber, isPersonNumber } from '../lib/person-number.ts';
import { isUuid } from '../lib/uuid.ts';

/** Prefixes of the party URNs that the Dialogporten contract knows, and what must follow each. */
const PARTY_FORMS: readonly (readonly [prefix: string, holds: (value: string) => boolean])[] = [
  [`${PERSON}:`, isPersonNumber],
  [`${ORGANIZATION}:`, isOrganizationNumber],
  [`${SYSTEM_USER}:`, isUuid],
  ['urn:altinn:person:idporten-email:', (value) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)],
  ['urn:altinn:person:legacy-selfidentified:', (value) => /^\S+$/.test(value)],
  ['urn:altinn:feide-subject:', (value) => /^[^\s:]{64}$/.test(value)],
];

/** Whether the text is a party URN, in whatever letter case. */
export function isParty(text: string): boolean {
  const lower = text.toLowerCase();
  return PARTY_FORMS.some(([prefix, holds]) => lower.startsWith(prefix) && holds(lower.slice(prefix.length)));
}
