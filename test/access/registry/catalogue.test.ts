import { expect, onTestFinished, test } from 'vitest';
import { openAccessState } from '../../../src/access/access-state.ts';
import { createLocalCatalogue } from '../../../src/access/local-catalogue.ts';
import type { AccessCatalogue, AuthorizedParty, Identity } from '../../../src/access/ports.ts';
import { applyRegistry } from '../../../src/access/registry/apply.ts';
import { openLog } from '../../../src/lib/log.ts';
import { monotonic } from '../../../src/lib/time.ts';
import { openTestDatabase } from '../../support/database.ts';
import { SYSTEM_USER_ID } from '../../support/identities.ts';
import {
  ACCOUNTANT,
  BRANCH,
  CLERK,
  COMPANY,
  type Content,
  content,
  DIRECTOR,
  org,
  pid,
  SIMPLE,
  snapshot,
  system,
} from './content.ts';

interface Listed {
  readonly catalogue: AccessCatalogue;
  readonly apply: (change: (given: Content) => void) => Promise<unknown>;
}

/** A catalogue over the content of a registry; nothing in memory may be old. */
async function list(): Promise<Listed> {
  const { database, ...opened } = await openTestDatabase();
  onTestFinished(() => opened[Symbol.asyncDispose]());
  await applyRegistry(database, await snapshot(), 'test');
  const state = await openAccessState({ database, log: openLog({ level: 'silent' }), clock: monotonic });
  const given = content();
  return {
    catalogue: createLocalCatalogue(state, 0),
    apply: async (change) => {
      change(given);
      await applyRegistry(database, await snapshot(given), 'test');
    },
  };
}

const person = (number: string): Identity => ({ pid: number, scopes: [], level: 3 });
const machine: Identity = { systemUser: { id: SYSTEM_USER_ID, orgNumber: COMPANY }, scopes: [], level: 3 };
const urnsOf = (parties: readonly AuthorizedParty[]) => parties.map(({ urn }) => urn);

test('a person may act for themselves and for whom something was granted, its units included', async () => {
  const { catalogue } = await list();
  const [self, company] = await catalogue.authorizedParties(person(DIRECTOR));
  expect(self).toMatchObject({ urn: pid(DIRECTOR), kind: 'person', isSelf: true, roles: ['priv'] });
  expect(company).toMatchObject({ urn: org(COMPANY), isSelf: false, roles: ['dagl'], hasKeyRole: true });
  expect(company!.units).toMatchObject([{ urn: org(BRANCH), roles: ['dagl'], hasKeyRole: true, units: [] }]);
  expect(urnsOf(await catalogue.authorizedParties(person(CLERK)))).toEqual([pid(CLERK)]);
  expect(await catalogue.authorizedParties({ scopes: [], level: 3 })).toEqual([]);
});

test('a grant for a unit alone shows its main unit, and nothing of what that holds', async () => {
  const { catalogue, apply } = await list();
  await apply(({ parties }) => {
    parties.grants.push({ to: system(SYSTEM_USER_ID), party: org(BRANCH), accessPackages: ['Post'] });
  });
  const parties = await catalogue.authorizedParties(machine);
  expect(parties).toMatchObject([{ urn: org(COMPANY), onlyForUnits: true, roles: [], accessPackages: [] }]);
  expect(parties[0]!.units).toMatchObject([
    { urn: org(BRANCH), onlyForUnits: false, accessPackages: ['post'] },
  ]);
});

test('a unit goes with its main unit, from the change on', async () => {
  const { catalogue, apply } = await list();
  await apply(({ parties }) => {
    parties.organizations[2] = { orgNumber: BRANCH, name: 'Avdelingen', mainUnit: ACCOUNTANT };
  });
  const [, company] = await catalogue.authorizedParties(person(DIRECTOR));
  expect(company).toMatchObject({ urn: org(COMPANY), units: [] });
});

test('key roles and administrators are known by the grant, or by their roles', async () => {
  const { catalogue, apply } = await list();
  const holding = async (grant: object) => {
    await apply(({ parties }) => {
      parties.grants[0] = { to: pid(DIRECTOR), party: org(COMPANY), ...grant };
    });
    const [, { hasKeyRole, isMainAdministrator }] = (await catalogue.authorizedParties(person(DIRECTOR))) as [
      AuthorizedParty,
      AuthorizedParty,
    ];
    return [hasKeyRole, isMainAdministrator];
  };
  expect(await holding({ roles: ['REGNA'] })).toEqual([false, false]);
  expect(await holding({ roles: ['LEDE', 'HADM'] })).toEqual([true, true]);
  expect(await holding({ roles: ['REGNA'], keyRole: true, mainAdministrator: true })).toEqual([true, true]);
});

test('what was delegated stands beside roles', async () => {
  const { catalogue, apply } = await list();
  const right = { resource: SIMPLE, actions: ['read'] };
  await apply(({ parties }) => {
    const instances = [{ ...right, instance: 'one' }];
    parties.grants.push({ to: pid(CLERK), party: org(ACCOUNTANT), resources: [right], instances });
  });
  const parties = await catalogue.authorizedParties(person(CLERK));
  const accountant = parties.find(({ urn }) => urn === org(ACCOUNTANT));
  expect(accountant).toMatchObject({
    ...{ resources: [SIMPLE], instances: [{ resource: SIMPLE, instance: 'one' }], roles: [] },
  });
});

test('a resource names its languages, its level and whom its policy lets read', async () => {
  const { catalogue } = await list();
  const resources = await catalogue.resources([SIMPLE, 'urn:altinn:resource:nowhere']);
  const simple = resources.find(({ urn }) => urn === SIMPLE);
  expect(simple).toMatchObject({
    ...{ resourceType: 'GenericAccessResource', status: '', isDelegable: false, minimumLevel: 2 },
    readers: { roles: ['dagl', 'priv'], accessPackages: ['post'] },
    ownerNames: [{ languageCode: 'nb', value: 'ttd' }],
  });
  expect(simple!.names.map(({ languageCode }) => languageCode).toSorted()).toEqual(['en', 'nb', 'nn']);
  expect(await catalogue.resources([SIMPLE, 'urn:altinn:resource:nowhere'])).toEqual(resources);
});
