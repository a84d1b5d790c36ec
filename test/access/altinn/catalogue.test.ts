import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { organization, person, systemUser } from '../../support/identities.ts';
import { policy } from '../../support/policies.ts';
import { TestAltinn } from './altinn.ts';

let world: TestAltinn;
beforeEach(async () => {
  world = await TestAltinn.open();
});
afterEach(() => world[Symbol.asyncDispose]());

const READER = person();
const SERVICE = 'urn:altinn:resource:super-simple-service';

describe('service resources', () => {
  const entry = {
    ...{ identifier: 'super-simple-service', resourceType: 'GenericAccessResource' },
    ...{ title: { nb: 'Tjenesten', en: 'The service' }, status: 'Active', delegable: true },
    hasCompetentAuthority: { organization: '991825827', orgcode: 'TTD', name: { nb: 'Testdepartementet' } },
  };

  test('are listed with their texts, and with whom their policies name', async () => {
    world.altinn.resources.push(entry);
    world.altinn.policies.set(
      entry.identifier,
      policy(entry.identifier)
        .permit({ roles: ['DAGL'], accessPackages: ['post'], actions: ['read'] })
        .permit({ roles: ['REGNA'], actions: ['write'] })
        .minimumLevel(3)
        .xml(),
    );
    expect(await world.catalogue().resources([SERVICE, 'urn:altinn:resource:unknown'])).toEqual([
      {
        ...{ identifier: entry.identifier, urn: SERVICE, type: 'genericaccessresource' },
        ...{ org: 'ttd', owner: '991825827', resourceType: 'GenericAccessResource' },
        ...{ status: 'Active', isDelegable: true, minimumLevel: 3 },
        names: [
          { languageCode: 'nb', value: 'Tjenesten' },
          { languageCode: 'en', value: 'The service' },
        ],
        ownerNames: [{ languageCode: 'nb', value: 'Testdepartementet' }],
        readers: { roles: ['dagl'], accessPackages: ['post'] },
      },
    ]);
  });

  test.each([
    ['no policy', undefined],
    ['one that is not understood', '<Policy/>'],
  ] as const)('with %s are listed, and name nobody', async (_, xml) => {
    world.altinn.resources.push(entry);
    if (xml !== undefined) world.altinn.policies.set(entry.identifier, xml);
    const [listed] = await world.catalogue().resources([SERVICE]);
    expect(listed).toMatchObject({ minimumLevel: 0, readers: { roles: [], accessPackages: [] } });
  });

  test('are asked for once while the answers are young', async () => {
    world.altinn.resources.push(entry);
    const catalogue = world.catalogue();
    await Promise.all([catalogue.resources([SERVICE]), catalogue.resources([SERVICE])]);
    await catalogue.resources([SERVICE]);
    expect(world.altinn.count('resourceregistry')).toBe(2);
    world.ahead = 60_001;
    await catalogue.resources([SERVICE]);
    expect(world.altinn.count('resourceregistry')).toBe(4);
  });
});

describe('parties', () => {
  const unit = {
    ...{ partyUuid: '4E5E0000-0000-4000-8000-000000000002', name: 'AVDELING', partyId: 50_002 },
    ...{ type: 'Organization', organizationNumber: '314005627', isDeleted: true },
  };
  const company = {
    ...{ partyUuid: '4e5e0000-0000-4000-8000-000000000001', name: 'BEDRIFT', partyId: 50_001 },
    ...{ type: 'Organization', organizationNumber: '310923044', isDeleted: false },
    ...{ onlyHierarchyElementWithNoAccess: false, authorizedRoles: ['DAGL', 'dagl', 'HADM'] },
    authorizedAccessPackages: ['urn:altinn:accesspackage:skatt'],
    authorizedResources: ['super-simple-service'],
    authorizedInstances: [{ resourceId: 'super-simple-service', instanceId: 'urn:altinn:dialog-id:ABC' }],
    subunits: [unit],
  };
  const self = {
    ...{ partyUuid: '4e5e0000-0000-4000-8000-000000000003', name: 'MODIG LYNGBRISK', partyId: 50_003 },
    ...{ type: 'Person', personId: '08844397713', dateOfBirth: '1943-04-08T00:00:00' },
    authorizedRoles: ['PRIV'],
  };
  const nobody = {
    ...{ partyUuid: '4e5e0000-0000-4000-8000-000000000004', name: 'e-post', partyId: 50_004 },
    type: 'SelfIdentified',
  };
  const NONE = { mainUnit: undefined, dateOfBirth: undefined, accessPackages: [], resources: [] };

  test('are those of Altinn, in the order of their names, units below their organisation', async () => {
    world.altinn.authorizedParties.set(READER.urn, [self, nobody, company]);
    const urn = organization('310923044').urn;
    const held = { isSelf: false, onlyForUnits: false, instances: [] };
    expect(await world.catalogue().authorizedParties(READER.identity())).toEqual([
      {
        ...{ ...NONE, ...held, urn, name: 'BEDRIFT', kind: 'organization', partyId: 50_001 },
        ...{
          partyUuid: company.partyUuid,
          isDeleted: false,
          roles: ['dagl', 'hadm'],
          accessPackages: ['skatt'],
        },
        ...{ hasKeyRole: true, isMainAdministrator: true, resources: [SERVICE] },
        instances: [{ resource: SERVICE, instance: 'abc' }],
        units: [
          {
            ...{ ...NONE, ...held, urn: organization('314005627').urn, mainUnit: urn, name: 'AVDELING' },
            ...{
              kind: 'organization',
              partyId: 50_002,
              partyUuid: unit.partyUuid.toLowerCase(),
              isDeleted: true,
            },
            ...{ roles: [], hasKeyRole: false, isMainAdministrator: false, units: [] },
          },
        ],
      },
      {
        ...{ ...NONE, ...held, urn: READER.urn, name: 'MODIG LYNGBRISK', kind: 'person', partyId: 50_003 },
        ...{ partyUuid: self.partyUuid, dateOfBirth: '1943-04-08', isDeleted: false, isSelf: true },
        ...{ roles: ['priv'], hasKeyRole: false, isMainAdministrator: false, units: [] },
      },
    ]);
  });

  test('are asked for by the national number, by the system user, and for nobody not at all', async () => {
    const catalogue = world.catalogue();
    await catalogue.authorizedParties(READER.identity());
    await catalogue.authorizedParties(systemUser().identity());
    expect(await catalogue.authorizedParties({ scopes: [], level: 3 })).toEqual([]);
    expect(world.altinn.asked.map(({ body }) => body)).toEqual([
      { type: 'urn:altinn:person:identifier-no', value: '08844397713' },
      { type: 'urn:altinn:systemuser:uuid', value: systemUser().identity().systemUser!.id },
    ]);
  });

  test('are never those of too long ago, also not while nobody answers', async () => {
    world.altinn.authorizedParties.set(READER.urn, [company]);
    const catalogue = world.catalogue();
    expect(await catalogue.authorizedParties(READER.identity())).toHaveLength(1);
    world.altinn.authorizedParties.set(READER.urn, []);
    expect(await catalogue.authorizedParties(READER.identity())).toHaveLength(1);
    world.ahead = 60_001;
    world.altinn.dial('error', 'accessmanagement');
    await expect(catalogue.authorizedParties(READER.identity())).rejects.toMatchObject({
      code: 'decision-unavailable',
    });
    world.altinn.dial('none');
    world.ahead += 10_000;
    await expect.poll(() => catalogue.authorizedParties(READER.identity()).catch(() => 'away')).toEqual([]);
  });

  test.each([
    ['text', 'nobody'],
    ['a party without its ids', [{ name: 'BEDRIFT', organizationNumber: '310923044' }]],
    ['roles that are no list', [{ ...company, authorizedRoles: 'DAGL' }]],
  ] as const)('cannot be read from %s', async (_, answer) => {
    world.altinn.authorizedParties.set(READER.urn, answer as unknown as object[]);
    await expect(world.catalogue().authorizedParties(READER.identity())).rejects.toMatchObject({
      code: 'decision-unavailable',
    });
  });
});
