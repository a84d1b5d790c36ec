import { derivedPartyId, derivedPartyUuid, derivedUserId } from '../../src/access/derived-ids.ts';
import { DevelopmentIssuer } from '../../src/access/development/development-issuer.ts';
import { organizationUrn, personUrn, systemUserUrn } from '../../src/access/party-identifiers.ts';
import type { Identity } from '../../src/access/ports.ts';
import { openTestKeyring } from './keyring.ts';

/** Synthetic persons (month + 80, control digits right) and organisations: nobody has these numbers. */
export const PERSONS = ['08844397713', '08815512058', '12855515545', '23877236943', '31905520299'] as const;
export const ORGANIZATIONS = ['310923044', '311102079', '312548909', '313211452', '314005627'] as const;
export const SYSTEM_USER_ID = '0d9b6f3e-6c55-4b0a-9c6e-2f1d7a9be001';

/** Someone who may call: as an Identity, and with a real token that says the same. */
export interface TestCaller {
  readonly urn: string;
  identity(...scopes: string[]): Identity;
  token(issuer: DevelopmentIssuer, ...scopes: string[]): Promise<string>;
}

/** A person whom no register knows: the ids are derived ones. */
export function person(pid: string = PERSONS[0], level = 3): TestCaller {
  const urn = personUrn(pid);
  const ids = { userId: derivedUserId(urn), partyId: derivedPartyId(urn), partyUuid: derivedPartyUuid(urn) };
  return {
    urn,
    identity: (...scopes) => ({ pid, ...ids, scopes, level }),
    token: async (issuer, ...scopes) =>
      issuer.personalToken({ pid, scopes: scopes.join(' '), authLvl: String(level) }),
  };
}

export function organization(orgNumber: string = ORGANIZATIONS[0], org?: string): TestCaller {
  return {
    urn: organizationUrn(orgNumber),
    identity: (...scopes) => ({ orgNumber, ...(org && { org }), scopes, level: 3 }),
    token: async (issuer, ...scopes) =>
      issuer.enterpriseToken({ orgNo: orgNumber, org, scopes: scopes.join(' ') }),
  };
}

/** An organisation with a short code, which owns service resources. */
export function serviceOwner(org = 'ttd', orgNumber = '991825827'): TestCaller {
  return organization(orgNumber, org);
}

export function systemUser(id: string = SYSTEM_USER_ID, orgNumber: string = ORGANIZATIONS[0]): TestCaller {
  return {
    urn: systemUserUrn(id),
    identity: (...scopes) => ({ orgNumber, systemUser: { id, orgNumber }, scopes, level: 3 }),
    token: async (issuer, ...scopes) =>
      issuer.systemUserToken({ systemUserId: id, systemUserOrg: orgNumber, scopes: scopes.join(' ') }),
  };
}

/** A development issuer with keys of its own and an empty register. */
export async function openTestIssuer(issuer = 'http://localhost/dev/token'): Promise<DevelopmentIssuer> {
  return new DevelopmentIssuer({
    issuer,
    keyring: await openTestKeyring(),
    register: { party: () => undefined },
  });
}
