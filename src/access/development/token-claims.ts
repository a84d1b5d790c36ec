import { derivedPartyId, derivedPartyUuid, derivedUserId } from '../derived-ids.ts';
import type { PartyRecord } from '../ports.ts';
import { forms, optional, required, scopesIn, type TokenQuery } from './token-query.ts';

/** Claims beside the registered ones of RFC 7519 §4.1. */
export type TokenClaims = Readonly<Record<string, unknown>>;

/** An organisation by way of Maskinporten and Altinn's token exchange; `org` makes it a service owner. */
export function enterpriseClaims(query: TokenQuery): TokenClaims {
  const org = optional(query, 'org', forms.org);
  const orgNumber = required(query, 'orgNo', forms.organization);
  return {
    token_type: 'Bearer',
    scope: scopesIn(query),
    consumer: isoOrganization(orgNumber),
    'urn:altinn:authenticatemethod': 'maskinporten',
    'urn:altinn:authlevel': 3,
    ...(org && { 'urn:altinn:org': org.toLowerCase() }),
    'urn:altinn:orgNumber': orgNumber,
  };
}

/** The ids that Altinn's token exchange adds for a person. */
export interface PersonIds {
  readonly partyId: number;
  readonly partyUuid: string;
  readonly userId: number;
}

/** The ids of the register, and for whatever it lacks those derived from the URN. */
export function personIds(urn: string, party: PartyRecord | undefined): PersonIds {
  return {
    partyId: party?.partyId ?? derivedPartyId(urn),
    partyUuid: party?.partyUuid ?? derivedPartyUuid(urn),
    userId: party?.userId ?? derivedUserId(urn),
  };
}

/** A person by way of ID-porten and Altinn's token exchange; `authLvl` asks for another level than 3. */
export function personalClaims(query: TokenQuery, ids: PersonIds): TokenClaims {
  const level = Number(optional(query, 'authLvl', forms.level) ?? 3);
  return {
    token_type: 'Bearer',
    scope: scopesIn(query),
    pid: required(query, 'pid', forms.person),
    acr: acrOf(level),
    'urn:altinn:authenticatemethod': 'BankID',
    'urn:altinn:authlevel': level,
    'urn:altinn:userid': ids.userId,
    'urn:altinn:partyid': ids.partyId,
    'urn:altinn:party:uuid': ids.partyUuid,
  };
}

function acrOf(level: number): string {
  if (level === 4) return 'idporten-loa-high';
  return level === 3 ? 'idporten-loa-substantial' : `Level${level}`;
}

/** A system user by way of Maskinporten (RFC 9396 authorization details). */
export function systemUserClaims(query: TokenQuery): TokenClaims {
  const owner = isoOrganization(required(query, 'systemUserOrg', forms.organization));
  const id = required(query, 'systemUserId', forms.systemUser).toLowerCase();
  return {
    token_type: 'Bearer',
    scope: scopesIn(query),
    consumer: owner,
    authorization_details: [
      { type: 'urn:altinn:systemuser', systemuser_id: [id], systemuser_org: owner, system_id: 'development' },
    ],
  };
}

/** An app, named `org/app`; without an owner it is one of the platform's own. */
export function platformAccessClaims(query: TokenQuery): { readonly issuer: string; readonly app: string } {
  const name = required(query, 'app', forms.app).toLowerCase();
  const slash = name.indexOf('/');
  return { issuer: slash < 0 ? 'platform' : name.slice(0, slash), app: name.slice(slash + 1) };
}

/** ISO 6523 identifier of a Norwegian organisation. */
function isoOrganization(orgNumber: string): { readonly authority: string; readonly ID: string } {
  return { authority: 'iso6523-actorid-upis', ID: `0192:${orgNumber}` };
}
