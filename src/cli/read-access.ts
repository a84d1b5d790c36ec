import { join } from 'node:path';
import { type AccessChanges, readAccessChanges } from '../access/access-queries.ts';
import { readRegistryFolder } from '../access/registry/folder.ts';
import { toChanges } from '../access/registry/snapshot.ts';
import { type Config, environment, readConfig } from '../config.ts';
import { Database, isDatabaseError } from '../db/database.ts';
import { startEmbeddedPostgres } from '../db/embedded.ts';
import { Failure } from '../lib/errors.ts';
import { type Log, openLog } from '../lib/log.ts';

const UNDEFINED_TABLE = '42P01';

/**
 * Registry, register and grants: of the folder when one is named, else of the database of this environment, which
 * without further settings is the one of development mode. Nothing is changed.
 */
export async function readAccess(folder: string | undefined): Promise<AccessChanges> {
  if (folder !== undefined) return toChanges(await readRegistryFolder(folder));
  const log = openLog({ level: 'error' });
  // The mode that requires no setting: all that counts here is where the database is.
  const config = readConfig(environment, 'dev');
  await using server = await openServer(config, log);
  await using database = new Database({
    ...{ url: server.url, log, applicationName: 'budstikka read-access', maxConnections: 1 },
    ...{
      connectTimeout: config.database.connectTimeoutMs,
      statementTimeout: config.database.statementTimeoutMs,
    },
  });
  return await readAccessChanges(database, 0).catch((thrown: unknown) => {
    if (!isDatabaseError(thrown, UNDEFINED_TABLE)) throw thrown;
    throw new Failure('database-start', { detail: 'The database has no tables yet: start Budstikka first.' });
  });
}

async function openServer(config: Config, log: Log): Promise<AsyncDisposable & { readonly url: string }> {
  const { url } = config.database;
  if (url !== undefined) return { url, [Symbol.asyncDispose]: async () => undefined };
  return startEmbeddedPostgres({ directory: join(config.platform.dataDirectory, 'postgres'), log });
}
