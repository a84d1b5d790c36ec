import { beforeAll, describe, expect, test } from 'vitest';
import { derivedPartyId } from '../../../src/access/derived-ids.ts';
import { DevelopmentIssuer } from '../../../src/access/development/development-issuer.ts';
import type { TokenQuery } from '../../../src/access/development/token-query.ts';
import { identityOf } from '../../../src/access/tokens/identity.ts';
import { createPlatformTokenVerifier } from '../../../src/access/tokens/platform-tokens.ts';
import { among, createTokenVerifier, type TokenVerifier } from '../../../src/access/tokens/token-verifier.ts';
import {
  ORGANIZATIONS,
  openTestIssuer,
  organization,
  PERSONS,
  person,
  SYSTEM_USER_ID,
  serviceOwner,
  systemUser,
} from '../../support/identities.ts';
import { openTestKeyring } from '../../support/keyring.ts';

let issuer: DevelopmentIssuer;
let verifier: TokenVerifier;
beforeAll(async () => {
  issuer = await openTestIssuer();
  verifier = createTokenVerifier({ trusted: among([issuer.trusted()]) });
});

describe('a real token says the same as the identity it was asked for:', () => {
  test.each([
    ['a service owner', serviceOwner('ttd', '991825827')],
    ['an organisation', organization(ORGANIZATIONS[1])],
    ['a person', person(PERSONS[1])],
    ['a person at level 4', person(PERSONS[0], 4)],
    ['a person at level 1', person(PERSONS[0], 1)],
    ['a system user', systemUser()],
  ])('%s', async (_, caller) => {
    const claims = await verifier.verify(await caller.token(issuer, 'altinn:events.subscribe', 'b'));
    expect(identityOf(claims)).toEqual(caller.identity('altinn:events.subscribe', 'b'));
  });
});

test('an organisation token carries what Altinn puts there', async () => {
  const token = await issuer.enterpriseToken({ scopes: 'a,b', org: 'ttd', orgNo: '991825827', ttl: '60' });
  const { values, expires } = await verifier.verify(token);
  expect(values).toMatchObject({
    scope: 'a b',
    'urn:altinn:org': 'ttd',
    'urn:altinn:orgNumber': '991825827',
    consumer: { authority: 'iso6523-actorid-upis', ID: '0192:991825827' },
  });
  expect(expires).toBe((values.iat as number) * 1000 + 60_000);
});

test('a token lives for half an hour unless asked otherwise', async () => {
  const { values, expires } = await verifier.verify(await issuer.enterpriseToken({ orgNo: '991825827' }));
  expect(expires).toBe((values.iat as number) * 1000 + 1_800_000);
});

test('a person gets the ids of the register, and derived ones where it has none', async () => {
  const known = {
    urn: person().urn,
    name: 'Test Person',
    partyId: 50012345,
    partyUuid: '3f1e8a52-7d3c-4e55-9b7e-5a4c1d2e3f40',
  };
  const registered = new DevelopmentIssuer({
    issuer: 'http://localhost/dev/token',
    keyring: await openTestKeyring(),
    register: { party: (urn) => (urn === known.urn ? known : undefined) },
  });
  const here = createTokenVerifier({ trusted: among([registered.trusted()]) });
  const { values } = await here.verify(await registered.personalToken({ pid: PERSONS[0] }));
  expect(values).toMatchObject({
    pid: PERSONS[0],
    'urn:altinn:partyid': 50012345,
    'urn:altinn:party:uuid': known.partyUuid,
    'urn:altinn:authlevel': 3,
  });
  expect(values['urn:altinn:userid']).toEqual(expect.any(Number));
  const unknown = await here.verify(await registered.personalToken({ pid: PERSONS[1] }));
  expect(unknown.values['urn:altinn:partyid']).toBe(derivedPartyId(person(PERSONS[1]).urn));
});

test('names of parameters compare without case, and what the interface does not know is ignored', async () => {
  const query = { ENV: 'at23', OrgNo: '991825827', SCOPES: 'a', userName: 'x', ttl: '' };
  const { values } = await verifier.verify(await issuer.enterpriseToken(query));
  expect(values).toMatchObject({ 'urn:altinn:orgNumber': '991825827', scope: 'a' });
});

type Kind = 'enterpriseToken' | 'personalToken' | 'systemUserToken' | 'platformAccessToken';
test.each<[string, Kind, TokenQuery]>([
  ['orgNo', 'enterpriseToken', {}],
  ['orgNo', 'enterpriseToken', { orgNo: '12345678' }],
  ['orgNo', 'enterpriseToken', { orgNo: ['991825827', '310923044'] }],
  ['org', 'enterpriseToken', { orgNo: '991825827', org: 'a/b' }],
  ['ttl', 'enterpriseToken', { orgNo: '991825827', ttl: '0' }],
  ['ttl', 'enterpriseToken', { orgNo: '991825827', ttl: '1e99' }],
  ['ttl', 'enterpriseToken', { orgNo: '991825827', ttl: 'soon' }],
  ['pid', 'personalToken', { pid: '1234567890' }],
  ['authLvl', 'personalToken', { pid: PERSONS[0], authLvl: '5' }],
  ['systemUserId', 'systemUserToken', { systemUserId: 'x', systemUserOrg: '310923044' }],
  ['systemUserOrg', 'systemUserToken', { systemUserId: SYSTEM_USER_ID }],
  ['app', 'platformAccessToken', { app: 'a/b/c' }],
])('a wrong %s is named (%s, %j)', async (name, kind, query) => {
  await expect(issuer[kind](query)).rejects.toMatchObject({
    code: 'request-invalid',
    options: { fields: { [name]: [expect.stringMatching(/^must be/)] } },
  });
});

describe('a platform access token', () => {
  test('speaks for the app of its owner', async () => {
    const platform = createPlatformTokenVerifier({ trusted: (name) => issuer.trustedPlatform(name) });
    expect(await platform.verify(await issuer.platformAccessToken({ app: 'ttd/my-app' }))).toEqual({
      issuer: 'ttd',
      app: 'my-app',
    });
    expect(await platform.verify(await issuer.platformAccessToken({ app: 'events' }))).toEqual({
      issuer: 'platform',
      app: 'events',
    });
  });

  test('of an owner without configured keys is refused', async () => {
    const configured = createPlatformTokenVerifier({
      trusted: (name) => (name === 'ttd' ? issuer.trustedPlatform(name) : undefined),
    });
    const token = await issuer.platformAccessToken({ app: 'skd/my-app' });
    await expect(configured.verify(token)).rejects.toMatchObject({ code: 'token-refused' });
  });

  test('is no bearer token, and a bearer token is none of these', async () => {
    const platform = createPlatformTokenVerifier({ trusted: (name) => issuer.trustedPlatform(name) });
    const bearer = await serviceOwner().token(issuer);
    await expect(platform.verify(bearer)).rejects.toMatchObject({ code: 'token-refused' });
    const token = await issuer.platformAccessToken({ app: 'ttd/my-app' });
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'token-refused' });
  });
});

test('the key set of the issuer verifies its tokens', async () => {
  const { createLocalJWKSet, jwtVerify } = await import('jose');
  const keys = createLocalJWKSet({ keys: [...issuer.keySet().keys] });
  await expect(jwtVerify(await serviceOwner().token(issuer), keys)).resolves.toBeDefined();
});
