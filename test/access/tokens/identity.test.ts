import { describe, expect, test } from 'vitest';
import { consumerOf, hasScope, partyOf, withRegisteredIds } from '../../../src/access/caller.ts';
import type { Identity, PartyRecord } from '../../../src/access/ports.ts';
import type { IssuerKind } from '../../../src/access/tokens/claims.ts';
import { identityOf } from '../../../src/access/tokens/identity.ts';
import { ORGANIZATIONS, PERSONS, SYSTEM_USER_ID } from '../../support/identities.ts';

const [ORG_NUMBER, OTHER_ORG_NUMBER] = ORGANIZATIONS;
const [PID] = PERSONS;
const UUID = '3f1e8a52-7d3c-4e55-9b7e-5a4c1d2e3f40';

function identity(kind: IssuerKind, values: Record<string, unknown>): Identity {
  return identityOf({ issuer: 'https://issuer.example/', kind, expires: 0, values });
}

function organizationId(orgNumber: string): object {
  return { authority: 'iso6523-actorid-upis', ID: `0192:${orgNumber}` };
}

const systemUserDetails = {
  type: 'urn:altinn:systemuser',
  systemuser_id: [SYSTEM_USER_ID],
  systemuser_org: organizationId(ORG_NUMBER),
  system_id: 'a-system',
};

describe('a token of Maskinporten', () => {
  test('speaks for the consumer, at level 3, and names the supplier', () => {
    expect(
      identity('maskinporten', {
        scope: 'digdir:dialogporten.serviceprovider altinn:events.subscribe',
        consumer: organizationId(ORG_NUMBER),
        supplier: organizationId(OTHER_ORG_NUMBER),
      }),
    ).toEqual({
      orgNumber: ORG_NUMBER,
      supplier: OTHER_ORG_NUMBER,
      scopes: ['digdir:dialogporten.serviceprovider', 'altinn:events.subscribe'],
      level: 3,
    });
  });

  test.each([[[systemUserDetails]], [systemUserDetails], [[{ type: 'other' }, systemUserDetails]]])(
    'speaks for a system user and the organisation that owns it',
    (authorization_details) => {
      const caller = identity('maskinporten', {
        consumer: organizationId(OTHER_ORG_NUMBER),
        authorization_details,
      });
      expect(caller.systemUser).toEqual({ id: SYSTEM_USER_ID, orgNumber: ORG_NUMBER });
      expect(caller.orgNumber).toBe(OTHER_ORG_NUMBER);
      expect(caller.level).toBe(3);
    },
  );

  test.each([
    ['another register', { authority: 'iso6523-actorid-upis', ID: `0007:${ORG_NUMBER}` }],
    ['a bare number', ORG_NUMBER],
    ['a number that is too long', organizationId(`${ORG_NUMBER}0`)],
    ['a list', [organizationId(ORG_NUMBER)]],
    ['nothing', null],
  ])('whose consumer is %s speaks for nobody', (_, consumer) => {
    expect(identity('maskinporten', { consumer })).toEqual({ scopes: [], level: 0 });
  });

  test('is not believed about persons and short codes', () => {
    expect(
      identity('maskinporten', {
        'urn:altinn:org': 'ttd',
        'urn:altinn:userid': 1,
        'urn:altinn:authlevel': 4,
        pid: PID,
      }),
    ).toEqual({ scopes: [], level: 0 });
  });
});

describe('a token of ID-porten', () => {
  test.each([
    ['idporten-loa-substantial', 3],
    ['idporten-loa-high', 4],
    ['Level3', 3],
    ['Level4', 4],
    ['something else', 0],
    ['constructor', 0],
    [undefined, 0],
  ])('with acr %s has level %i', (acr, level) => {
    expect(identity('idporten', { pid: PID, acr, scope: 'digdir:dialogporten' })).toEqual({
      pid: PID,
      scopes: ['digdir:dialogporten'],
      level,
    });
  });

  test('does not speak for the organisation whose client the person uses', () => {
    const values = { pid: PID, acr: 'Level4', consumer: organizationId(ORG_NUMBER) };
    expect(identity('idporten', values).orgNumber).toBeUndefined();
    expect(identity('altinn', values).orgNumber).toBeUndefined();
  });
});

describe('a token of Altinn', () => {
  test('speaks for a service owner by short code and number', () => {
    expect(
      identity('altinn', {
        'urn:altinn:org': 'TTD',
        'urn:altinn:orgNumber': ORG_NUMBER,
        'urn:altinn:authlevel': '3',
        'urn:altinn:scope': 'altinn:serviceowner',
        scope: 'altinn:events.publish',
        consumer: organizationId(OTHER_ORG_NUMBER),
      }),
    ).toEqual({
      org: 'ttd',
      orgNumber: ORG_NUMBER,
      scopes: ['altinn:events.publish', 'altinn:serviceowner'],
      level: 3,
    });
  });

  test('speaks for a person by all ids, and its level wins over acr', () => {
    expect(
      identity('altinn', {
        pid: PID,
        'urn:altinn:userid': 20012345,
        'urn:altinn:partyid': '50012345',
        'urn:altinn:party:uuid': UUID.toUpperCase(),
        'urn:altinn:authlevel': 4,
        acr: 'Level3',
      }),
    ).toEqual({ pid: PID, userId: 20012345, partyId: 50012345, partyUuid: UUID, scopes: [], level: 4 });
  });

  test.each([['abc'], [-1], [1.5], [{}], [true], ['']])('whose user id is %j names no user', (userId) => {
    expect(identity('altinn', { 'urn:altinn:userid': userId })).toEqual({ scopes: [], level: 0 });
  });
});

test.each([
  ['a b', ['a', 'b']],
  ['a,b', ['a', 'b']],
  [' a , b  a ', ['a', 'b']],
  ['', []],
  [['a'], []],
  [undefined, []],
])('the scopes of %j are %j', (scope, scopes) => {
  expect(identity('maskinporten', { scope }).scopes).toEqual(scopes);
});

test('a scope is held whatever its letter case, and only as a whole', () => {
  const caller = { scopes: ['altinn:Events.Subscribe'], level: 3 };
  expect(hasScope(caller, 'altinn:events.subscribe')).toBe(true);
  expect(hasScope(caller, 'altinn:events')).toBe(false);
});

describe('the consumer is the first of', () => {
  const everything: Identity = {
    org: 'ttd',
    userId: 20012345,
    systemUser: { id: SYSTEM_USER_ID, orgNumber: ORG_NUMBER },
    orgNumber: OTHER_ORG_NUMBER,
    partyId: 50012345,
    scopes: [],
    level: 3,
  };
  test.each([
    ['the short code', {}, '/org/ttd'],
    ['the user', { org: undefined }, '/user/20012345'],
    ['the system user', { org: undefined, userId: undefined }, `/systemuser/${SYSTEM_USER_ID}`],
    [
      'the organisation',
      { org: undefined, userId: undefined, systemUser: undefined },
      `/organisation/${OTHER_ORG_NUMBER}`,
    ],
    [
      'nobody: a party is only a subject',
      { org: undefined, userId: undefined, systemUser: undefined, orgNumber: undefined },
      undefined,
    ],
  ])('%s', (_, without, consumer) => {
    expect(consumerOf({ ...everything, ...without })).toBe(consumer);
  });
});

test('a caller is a party: the person, else the system user, else the organisation', () => {
  const nobody = { scopes: [], level: 0 };
  const systemUser = { id: SYSTEM_USER_ID, orgNumber: ORG_NUMBER };
  expect(partyOf({ ...nobody, pid: PID, systemUser })).toBe(`urn:altinn:person:identifier-no:${PID}`);
  expect(partyOf({ ...nobody, systemUser, orgNumber: ORG_NUMBER })).toBe(
    `urn:altinn:systemuser:uuid:${SYSTEM_USER_ID}`,
  );
  expect(partyOf({ ...nobody, orgNumber: ORG_NUMBER })).toBe(
    `urn:altinn:organization:identifier-no:${ORG_NUMBER}`,
  );
  expect(partyOf(nobody)).toBeUndefined();
});

describe('the register completes', () => {
  const record: PartyRecord = {
    urn: `urn:altinn:person:identifier-no:${PID}`,
    name: 'Test Person',
    partyId: 50012345,
    partyUuid: UUID,
    userId: 20012345,
  };
  const register = { party: (urn: string) => (urn === record.urn ? record : undefined) };

  test('a person straight from ID-porten, who then is a consumer', async () => {
    const caller = await withRegisteredIds({ pid: PID, scopes: [], level: 3 }, register);
    expect(caller).toMatchObject({ partyId: 50012345, partyUuid: UUID, userId: 20012345 });
    expect(consumerOf(caller)).toBe('/user/20012345');
  });

  test('nothing of a person whom it does not know, or whom the token names already', async () => {
    const unknown = { pid: PERSONS[1], scopes: [], level: 3 };
    expect(await withRegisteredIds(unknown, register)).toBe(unknown);
    const named = { pid: PID, userId: 7, scopes: [], level: 3 };
    expect(await withRegisteredIds(named, register)).toBe(named);
  });
});
