import { toSnapshot } from '../access/registry/snapshot.ts';
import { writeRegistryFolder } from '../access/registry/write-folder.ts';
import { readAccess } from './read-access.ts';

/** `budstikka registry export`: registry, register and grants of the database as a folder that can be applied. */
export async function registryExport(directory: string): Promise<void> {
  const snapshot = toSnapshot(await readAccess(undefined));
  await writeRegistryFolder(directory, snapshot);
  const { resources, parties, grants } = snapshot;
  console.log(
    `${directory}: ${resources.length} resources, ${parties.length} parties, ${grants.length} grants.`,
  );
}
