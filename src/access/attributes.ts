import { PARTY_ID, USER_ID } from './party-identifiers.ts';
import { INTEGER, STRING } from './xacml/names.ts';
import type { XacmlValue } from './xacml/request.ts';

/** The attributes of one category of a decision request. Values are shared between requests and never changed. */
export type AttributeValues = ReadonlyMap<string, readonly XacmlValue[]>;

/** What a subject has been granted for a party: role codes, which compare without case, and access packages. */
export const ROLE_CODE = 'urn:altinn:rolecode';
export const ACCESS_PACKAGE = 'urn:altinn:accesspackage';

/** Altinn writes these as integers in requests and as either in policies, so a request carries both. */
const NUMBERED: ReadonlySet<string> = new Set([PARTY_ID, USER_ID]);

/** The values that an attribute has when it is the text. */
export function attributeValues(id: string, text: string): readonly XacmlValue[] {
  const value = { value: text, dataType: STRING };
  return NUMBERED.has(id) ? [value, { value: text, dataType: INTEGER }] : [value];
}

/** Adds a value to an attribute that may have some. */
export function addAttribute(
  attributes: Map<string, readonly XacmlValue[]>,
  id: string,
  values: readonly XacmlValue[],
): void {
  const known = attributes.get(id);
  attributes.set(id, known === undefined ? values : [...known, ...values]);
}
