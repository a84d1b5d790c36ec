import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Faults, unheard } from './faults.ts';
import { readJson, readText } from './files.ts';
import { readParties } from './parties-document.ts';
import { checkReferences, type Placed } from './references.ts';
import { checkPolicy, readResource } from './resource-document.ts';
import type { GrantRow, PartyRow, RegistrySnapshot, ResourceRow } from './rows.ts';

const MEBIBYTE = 2 ** 20;
const LARGEST_PARTIES = 128 * MEBIBYTE;
const LARGEST_RESOURCE = MEBIBYTE;
const LARGEST_POLICY = MEBIBYTE;
const MOST_RESOURCES = 10_000;

const RESOURCE_FILE = /^(.+?)\.(json|policy\.xml)$/;

/**
 * Reads a registry folder: `resources/<identifier>.json` with `<identifier>.policy.xml` beside it, and `parties.json`.
 * Ids that are left out are derived, the same each time.
 * @throws Failure('registry-invalid') with every fault by file and JSON path.
 */
export async function readRegistryFolder(directory: string): Promise<RegistrySnapshot> {
  const folder = { directory, faults: new Faults() };
  const resources = await readResources(folder);
  const { parties, grants } = await readRegister(folder);
  checkReferences({ resources, parties, grants }, folder.faults);
  folder.faults.throwAny('registry-invalid');
  return { resources: resources.map(rowOf), parties: parties.map(rowOf), grants: grants.map(rowOf) };
}

interface Folder {
  readonly directory: string;
  readonly faults: Faults;
}

async function readResources(folder: Folder): Promise<Placed<ResourceRow>[]> {
  const identifiers = await listResources(folder);
  const resources: Placed<ResourceRow>[] = [];
  for (const identifier of identifiers) {
    resources.push(await readResourceFiles(identifier, folder));
  }
  return resources;
}

/** Every identifier that has a file. Names beginning with a dot are the operating system's; any other is a fault. */
async function listResources({ directory, faults }: Folder): Promise<string[]> {
  const names = await readdir(join(directory, 'resources')).catch(() => undefined);
  if (names === undefined)
    faults.add('resources', 'cannot be listed; here belong resources/ and parties.json');
  const identifiers = new Set<string>();
  for (const name of names ?? []) {
    const identifier = RESOURCE_FILE.exec(name)?.[1];
    if (identifier !== undefined) identifiers.add(identifier);
    else if (!name.startsWith('.')) {
      faults.add(`resources/${name}`, 'is neither <identifier>.json nor <identifier>.policy.xml');
    }
  }
  if (identifiers.size > MOST_RESOURCES) faults.add('resources', `must be at most ${MOST_RESOURCES}`);
  return [...identifiers].toSorted().slice(0, MOST_RESOURCES);
}

async function readResourceFiles(identifier: string, folder: Folder): Promise<Placed<ResourceRow>> {
  const { faults } = folder;
  const name = `resources/${identifier}`;
  const document = await readJson({ ...folder, name: `${name}.json`, largest: LARGEST_RESOURCE });
  const policy = await readText({ ...folder, name: `${name}.policy.xml`, largest: LARGEST_POLICY });
  if (policy !== undefined) checkPolicy(policy, { place: `${name}.policy.xml`, faults });
  const at = `${name}.json $`;
  const heard = document === undefined ? unheard : faults;
  const row = readResource(document, policy ?? '', { place: at, faults: heard });
  if (row.identifier !== identifier) heard.add(`${at}.identifier`, `must be the file's name: ${identifier}`);
  return { row: { ...row, identifier }, at };
}

async function readRegister(
  folder: Folder,
): Promise<{ parties: Placed<PartyRow>[]; grants: Placed<GrantRow>[] }> {
  const document = await readJson({ ...folder, name: 'parties.json', largest: LARGEST_PARTIES });
  const at = 'parties.json $';
  const read = readParties(document === undefined ? {} : document, at, folder.faults);
  return {
    parties: [
      ...place(read.organizations, `${at}.organizations`),
      ...place(read.persons, `${at}.persons`),
      ...place(read.systemUsers, `${at}.systemUsers`),
    ],
    grants: place(read.grants, `${at}.grants`),
  };
}

function place<Row>(rows: readonly Row[] | undefined, at: string): Placed<Row>[] {
  return (rows ?? []).map((row, index) => ({ row, at: `${at}[${index}]` }));
}

function rowOf<Row>({ row }: Placed<Row>): Row {
  return row;
}
