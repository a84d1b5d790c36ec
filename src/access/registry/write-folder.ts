import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../lib/errors.ts';
import { partyAttribute } from '../party-identifiers.ts';
import type { GrantRow, PartyRow, RegistrySnapshot } from './rows.ts';

/**
 * Writes the snapshot as a registry folder, from which `readRegistryFolder` reads the same snapshot.
 * @throws Failure('request-invalid') when something stands in the directory already: a file of a resource that is gone
 * would come back with the next apply.
 */
export async function writeRegistryFolder(directory: string, snapshot: RegistrySnapshot): Promise<void> {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0) {
    throw new Failure('request-invalid', { detail: `${directory} is not empty.` });
  }
  await mkdir(join(directory, 'resources'));
  for (const [name, text] of registryFiles(snapshot)) {
    await writeFile(join(directory, name), text);
  }
}

/** The files of a registry folder, by path within it. */
function registryFiles({ resources, parties, grants }: RegistrySnapshot): Map<string, string> {
  const files = new Map<string, string>();
  for (const { identifier, document, policy } of resources) {
    files.set(`resources/${identifier}.json`, toText(document));
    files.set(`resources/${identifier}.policy.xml`, policy);
  }
  const of = (kind: PartyRow['kind']) => parties.filter((party) => party.kind === kind);
  const register = {
    organizations: of('organization').map(organization),
    persons: of('person').map(person),
    systemUsers: of('systemUser').map(systemUser),
    grants: grants.map(grant),
  };
  return files.set('parties.json', toText(register));
}

function organization({ urn, name, party_id, party_uuid, belongs_to, document }: PartyRow): object {
  return {
    orgNumber: valueOf(urn),
    name,
    partyId: party_id,
    partyUuid: party_uuid,
    mainUnit: belongs_to === null ? undefined : valueOf(belongs_to),
    type: document.type,
    deleted: document.isDeleted,
  };
}

function person({ urn, name, party_id, party_uuid, user_id, document }: PartyRow): object {
  return {
    pid: valueOf(urn),
    name,
    partyId: party_id,
    partyUuid: party_uuid,
    userId: user_id,
    dateOfBirth: document.dateOfBirth,
  };
}

/** Its name and its ids follow from its id. */
function systemUser({ urn, belongs_to }: PartyRow): object {
  return { id: valueOf(urn), owner: valueOf(belongs_to ?? '') };
}

function grant(row: GrantRow): object {
  return {
    to: row.recipient,
    party: row.party,
    roles: row.roles,
    accessPackages: row.access_packages,
    resources: row.resources,
    instances: row.instances,
    keyRole: row.key_role,
    mainAdministrator: row.main_administrator,
  };
}

/** The number or id at the end of a party URN. */
function valueOf(urn: string): string {
  return partyAttribute(urn)?.[1] ?? '';
}

/** What is undefined is left out. */
function toText(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
