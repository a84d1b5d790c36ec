import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { standInParty } from '../../support/altinn-parties.ts';
import { organization, PERSONS, person } from '../../support/identities.ts';
import { TestAltinn } from './altinn.ts';

let world: TestAltinn;
beforeEach(async () => {
  world = await TestAltinn.open();
});
afterEach(() => world[Symbol.asyncDispose]());

const COMPANY = standInParty(organization().urn, { name: 'SOLFYLT VARSOM TIGER AS' });
const BRANCH = standInParty(organization('313211452').urn, { mainUnit: COMPANY.urn });
const MANAGER = standInParty(person().urn, { dateOfBirth: '1943-04-08' });

describe('the resource registry', () => {
  const owned = (identifier: string, organizationNumber: string | null = '991825827') => ({
    ...{ identifier, resourceType: 'GenericAccessResource' },
    hasCompetentAuthority: { organization: organizationNumber, orgcode: 'TTD' },
  });

  test('tells who owns a resource and what it is, whatever the letter case asked with', async () => {
    world.altinn.resources.push(owned('super-simple-service'));
    expect(await world.registry().resource('urn:altinn:resource:Super-Simple-Service')).toEqual({
      ...{ identifier: 'super-simple-service', urn: 'urn:altinn:resource:super-simple-service' },
      ...{ type: 'genericaccessresource', org: 'ttd', owner: '991825827' },
    });
  });

  test('has no resource that it does not know, and none that no organisation owns', async () => {
    world.altinn.resources.push(owned('from-before', null));
    const registry = world.registry();
    expect(await registry.resource('urn:altinn:resource:unknown')).toBeUndefined();
    expect(await registry.resource('urn:altinn:resource:from-before')).toBeUndefined();
  });

  test.each(['urn:altinn:resource:../secret', 'urn:altinn:app:x', 'nothing', 'urn:altinn:resource:a?b'])(
    'is not asked for %s',
    async (urn) => {
      expect(await world.registry().resource(urn)).toBeUndefined();
      expect(world.altinn.asked).toEqual([]);
    },
  );

  test('is asked once by many, and again when its answer is too old; sooner when there was none', async () => {
    world.altinn.resources.push(owned('super-simple-service'));
    const registry = world.registry(60_000);
    const ask = (name: string) => registry.resource(`urn:altinn:resource:${name}`);
    await Promise.all([1, 2, 3].map(() => ask('super-simple-service')));
    await ask('coming-soon');
    expect(world.altinn.count('resourceregistry')).toBe(2);
    world.ahead = 5001;
    world.altinn.resources.push(owned('coming-soon'));
    expect(await ask('coming-soon')).toBeDefined();
    await ask('super-simple-service');
    expect(world.altinn.count('resourceregistry')).toBe(3);
    world.ahead = 60_001;
    await ask('super-simple-service');
    expect(world.altinn.count('resourceregistry')).toBe(4);
  });

  test('that answers another resource than the one asked for is not believed', async () => {
    const other = owned('other');
    world.altinn.resources.push(Object.assign(other, { identifier: 'super-simple-service' }));
    Object.assign(other, { toJSON: () => owned('other') });
    await expect(world.registry().resource('urn:altinn:resource:super-simple-service')).rejects.toMatchObject(
      {
        code: 'decision-unavailable',
      },
    );
  });
});

describe('the register', () => {
  beforeEach(() => world.altinn.parties.push(COMPANY, BRANCH, MANAGER));

  test.each([
    [MANAGER.urn],
    [`/person/${PERSONS[0]}`],
    [`/user/${MANAGER.userId}`],
    [`/party/${MANAGER.partyId}`],
    [`urn:altinn:party:uuid:${MANAGER.partyUuid}`],
    [`urn:altinn:partyid:${MANAGER.partyId}`],
  ])('knows a person by %s', async (identifier) => {
    expect(await world.register().party(identifier)).toEqual({
      ...{ urn: MANAGER.urn, name: MANAGER.name, partyId: MANAGER.partyId, partyUuid: MANAGER.partyUuid },
      ...{ userId: MANAGER.userId, dateOfBirth: '1943-04-08' },
    });
  });

  test.each([[COMPANY.urn], ['/organisation/310923044'], ['/org/310923044']])(
    'knows an organisation by %s',
    async (identifier) => {
      expect(await world.register().party(identifier)).toMatchObject({
        urn: COMPANY.urn,
        name: 'SOLFYLT VARSOM TIGER AS',
        userId: undefined,
      });
    },
  );

  test.each([
    ...['/org/ttd', 'urn:altinn:person:identifier-no:12345678901', '/party/1e3', '/party/4294967296'],
    ...['nobody', '/user/x', '/organisation/123456789', 'urn:altinn:party:uuid:1'],
  ])('is not asked for %s, for which it would refuse the whole query', async (identifier) => {
    expect(await world.register().party(identifier)).toBeUndefined();
    expect(world.altinn.asked).toEqual([]);
  });

  test('is asked for many at a time, and each caller gets the one it asked for', async () => {
    const register = world.register();
    const unknown = Array.from({ length: 150 }, (_, index) => `/party/${index + 1}`);
    const found = await Promise.all([...unknown, COMPANY.urn, MANAGER.urn].map((one) => register.party(one)));
    expect(found.slice(150).map((party) => party?.urn)).toEqual([COMPANY.urn, MANAGER.urn]);
    expect(found.slice(0, 150).every((party) => party === undefined)).toBe(true);
    expect(world.altinn.count('register')).toBe(2);
  });

  test('tells the main unit of a sub-unit once it has been learnt, and until then that it does not know', async () => {
    const register = world.register();
    expect(() => register.mainUnitOf(BRANCH.urn)).toThrow('A main unit is not known yet.');
    await expect.poll(() => world.altinn.count('register')).toBe(1);
    await register.learnMainUnits([BRANCH.urn, COMPANY.urn, MANAGER.urn, null, 'else']);
    expect(register.mainUnitOf(BRANCH.urn)).toBe(COMPANY.urn);
    for (const subject of [COMPANY.urn, MANAGER.urn, null, 'else']) {
      expect(register.mainUnitOf(subject)).toBeUndefined();
    }
    expect(world.altinn.count('register')).toBe(2);
  });

  test('that is gone makes learning fail, and leaves what was learnt as it is', async () => {
    const register = world.register();
    await register.learnMainUnits([BRANCH.urn]);
    world.altinn.dial('error');
    await expect(register.learnMainUnits([COMPANY.urn])).rejects.toMatchObject({
      code: 'decision-unavailable',
    });
    expect(register.mainUnitOf(BRANCH.urn)).toBe(COMPANY.urn);
    await expect(register.party(COMPANY.urn)).rejects.toMatchObject({ code: 'decision-unavailable' });
  });
});
