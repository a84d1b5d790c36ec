import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRegistryFolder } from '../../../src/access/registry/folder.ts';
import type { RegistrySnapshot } from '../../../src/access/registry/rows.ts';
import { ORGANIZATIONS, PERSONS, SYSTEM_USER_ID } from '../../support/identities.ts';
import { policy } from '../../support/policies.ts';

export const DIRECTOR = PERSONS[0];
export const CLERK = PERSONS[1];
export const STRANGER = PERSONS[2];
export const [COMPANY, ACCOUNTANT, BRANCH] = ORGANIZATIONS;
export const OWNER = '991825827';
export const SIMPLE = 'urn:altinn:resource:super-simple-service';
export const FORM = 'urn:altinn:resource:app_ttd_form';

export const org = (orgNumber: string) => `urn:altinn:organization:identifier-no:${orgNumber}`;
export const pid = (number: string) => `urn:altinn:person:identifier-no:${number}`;
export const system = (id: string) => `urn:altinn:systemuser:uuid:${id}`;

type Entry = Record<string, unknown>;

/** What a registry folder holds, free to be changed by a test before it is written. */
export interface Content {
  readonly resources: Record<string, { document: Entry; policy: string }>;
  readonly parties: Record<'organizations' | 'persons' | 'systemUsers' | 'grants', Entry[]> & Entry;
}

export function resourceDocument(identifier: string, more: Entry = {}): Entry {
  return {
    identifier,
    title: { nb: 'Tjeneste', nn: 'Teneste', en: 'Service' },
    resourceType: 'GenericAccessResource',
    hasCompetentAuthority: { organization: OWNER, orgcode: 'TTD' },
    ...more,
  };
}

/** A company with a director, a branch and an accountant; a generic service and an app. */
export function content(): Content {
  const simple = policy('super-simple-service')
    .permit({
      roles: ['DAGL', 'PRIV'],
      orgs: ['ttd'],
      accessPackages: ['post'],
      actions: ['read', 'subscribe'],
    })
    .minimumLevel(2);
  const form = policy('app_ttd_form').permit({ roles: ['dagl'], actions: ['read'] });
  return {
    resources: {
      'super-simple-service': { document: resourceDocument('super-simple-service'), policy: simple.xml() },
      app_ttd_form: {
        document: resourceDocument('app_ttd_form', { resourceType: 'AltinnApp' }),
        policy: form.xml(),
      },
    },
    parties: {
      organizations: [
        { orgNumber: OWNER, name: 'Eier' },
        { orgNumber: COMPANY, name: 'Selskapet', partyId: 50_000_001 },
        { orgNumber: BRANCH, name: 'Avdelingen', mainUnit: COMPANY },
        { orgNumber: ACCOUNTANT, name: 'Regnskapet' },
      ],
      persons: [
        {
          pid: DIRECTOR,
          name: 'Direktøren',
          userId: 20_001,
          partyUuid: '6D0C6B52-5C9B-4D4D-8F1A-3C3A0B0A0001',
        },
        { pid: CLERK, name: 'Medarbeideren' },
        { pid: STRANGER, name: 'En fremmed' },
      ],
      systemUsers: [{ id: SYSTEM_USER_ID, owner: COMPANY }],
      grants: [{ to: pid(DIRECTOR), party: org(COMPANY), roles: ['DAGL'] }],
    },
  };
}

/** Writes the content as a folder; goes with `await using`. */
export async function writeFolder(given: Content): Promise<AsyncDisposable & { readonly directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'registry-'));
  await mkdir(join(directory, 'resources'));
  for (const [identifier, { document, policy: xml }] of Object.entries(given.resources)) {
    await writeFile(join(directory, 'resources', `${identifier}.json`), JSON.stringify(document));
    await writeFile(join(directory, 'resources', `${identifier}.policy.xml`), xml);
  }
  await writeFile(join(directory, 'parties.json'), JSON.stringify(given.parties));
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

/** The content as it is read from a folder. */
export async function snapshot(given: Content = content()): Promise<RegistrySnapshot> {
  await using folder = await writeFolder(given);
  return await readRegistryFolder(folder.directory);
}
