import { type AccessChanges, readAccessChanges } from '../access/access-queries.ts';
import { readRegistryFolder } from '../access/registry/folder.ts';
import { toChanges } from '../access/registry/snapshot.ts';
import { withDatabase } from './with-database.ts';

/** Registry, register and grants: of the folder when one is named, else of the database. Nothing is changed. */
export async function readAccess(folder: string | undefined): Promise<AccessChanges> {
  if (folder !== undefined) return toChanges(await readRegistryFolder(folder));
  return withDatabase(({ database }) => readAccessChanges(database, 0));
}
