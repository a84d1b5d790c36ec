import { isUuid } from '../../lib/uuid.ts';
import type { Identity } from '../ports.ts';
import type { Claims, IssuerKind } from './claims.ts';

type Values = Readonly<Record<string, unknown>>;

const ORGANIZATION_CLAIMS = ['scope', 'consumer', 'supplier', 'authorization_details'];
const PERSON_CLAIMS = ['scope', 'pid', 'acr'];
const ALTINN_CLAIMS = ['scope', 'org', 'orgNumber', 'authlevel', 'userid', 'partyid', 'party:uuid'];

/** The claims that an issuer is believed about; whatever else stands in its tokens counts for nothing. */
const believed: Readonly<Record<IssuerKind, readonly string[]>> = {
  maskinporten: ORGANIZATION_CLAIMS,
  idporten: PERSON_CLAIMS,
  altinn: [...ORGANIZATION_CLAIMS, ...PERSON_CLAIMS, ...ALTINN_CLAIMS.map((name) => `urn:altinn:${name}`)],
};

/**
 * Who a verified token speaks for. In the token of a person the claim `consumer` names the client's organisation,
 * which acts for nobody there: it is left out.
 */
export function identityOf(claims: Claims): Identity {
  const values = only(believed[claims.kind], claims.values);
  const person = {
    pid: matching(values.pid, /^\d{11}$/),
    userId: integer(values['urn:altinn:userid']),
    partyId: integer(values['urn:altinn:partyid']),
    partyUuid: uuid(values['urn:altinn:party:uuid']),
  };
  const isPerson = person.pid !== undefined || person.userId !== undefined;
  const orgNumber = isPerson ? undefined : organization(values);
  const systemUser = systemUserOf(values.authorization_details);
  return {
    ...person,
    orgNumber,
    org: matching(values['urn:altinn:org'], /^[\w-]+$/)?.toLowerCase(),
    systemUser,
    supplier: organizationId(values.supplier),
    scopes: [...new Set([...scopes(values.scope), ...scopes(values['urn:altinn:scope'])])],
    level: explicitLevel(values) ?? (orgNumber !== undefined || systemUser ? 3 : 0),
  };
}

function only(names: readonly string[], values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}

/** Space-separated (RFC 6749 §3.3); some clients are configured with commas, and get what they meant. */
function scopes(value: unknown): string[] {
  return typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : [];
}

function organization(values: Values): string | undefined {
  return matching(values['urn:altinn:orgNumber'], /^\d{9}$/) ?? organizationId(values.consumer);
}

/** `{"authority": "iso6523-actorid-upis", "ID": "0192:991825827"}`: 0192 is the Norwegian register. */
function organizationId(value: unknown): string | undefined {
  return isObject(value) ? matching(value.ID, /^0192:\d{9}$/)?.slice(5) : undefined;
}

/** The first system user of RFC 9396 authorization details, in an array or alone. */
function systemUserOf(details: unknown): Identity['systemUser'] {
  const entry = [details].flat().find((one) => isObject(one) && one.type === 'urn:altinn:systemuser');
  if (!isObject(entry)) return undefined;
  const id = uuid([entry.systemuser_id].flat()[0]);
  const orgNumber = organizationId(entry.systemuser_org);
  return id !== undefined && orgNumber !== undefined ? { id, orgNumber } : undefined;
}

/** Authentication levels by `acr`, in lower case: ID-porten's names and the older ones. */
const levels: ReadonlyMap<string, number> = new Map([
  ['idporten-loa-substantial', 3],
  ['idporten-loa-high', 4],
  ['level0', 0],
  ['level1', 1],
  ['level2', 2],
  ['level3', 3],
  ['level4', 4],
]);

function explicitLevel(values: Values): number | undefined {
  const altinn = matching(values['urn:altinn:authlevel'], /^[0-4]$/);
  if (altinn !== undefined) return Number(altinn);
  return typeof values.acr === 'string' ? levels.get(values.acr.toLowerCase()) : undefined;
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text, or a number as text, that has this form. */
function matching(value: unknown, form: RegExp): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && form.test(text) ? text : undefined;
}

function integer(value: unknown): number | undefined {
  const text = matching(value, /^\d{1,10}$/);
  return text === undefined ? undefined : Number(text);
}

function uuid(value: unknown): string | undefined {
  return typeof value === 'string' && isUuid(value) ? value.toLowerCase() : undefined;
}
