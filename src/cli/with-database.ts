import { type Config, environment, readConfig } from '../config.ts';
import { Database, isDatabaseError } from '../db/database.ts';
import { Disposals } from '../lib/disposals.ts';
import { Failure } from '../lib/errors.ts';
import { type Log, openLog } from '../lib/log.ts';
import { databaseUrl } from '../platform/ground.ts';

/** What a command that looks into the database, or changes something in it, works with. */
export interface Opened {
  readonly config: Config;
  readonly url: string;
  readonly database: Database;
  readonly log: Log;
}

/** A table, a column or a function that this program knows and the database does not. */
const UNKNOWN_TO_DATABASE = ['42P01', '42703', '42883'];

/**
 * Runs the work on the database of this environment, which without further settings is the one of development mode. It
 * may be in use.
 *
 * @throws Failure `database-start` when the database has not been migrated to this version
 */
export async function withDatabase<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
  const log = openLog({ level: 'error' });
  // The mode that requires no setting: all that counts here is where the database is.
  const config = readConfig(environment, 'dev');
  await using disposals = new Disposals();
  const url = await databaseUrl({ config, log, disposals });
  const { connectTimeoutMs: connectTimeout, statementTimeoutMs: statementTimeout } = config.database;
  const database = disposals.use(
    new Database({
      ...{ url, log, applicationName: 'budstikka command', maxConnections: 2 },
      ...{ connectTimeout, statementTimeout },
    }),
  );
  return await work({ config, url, database, log }).catch((thrown: unknown) => {
    if (!UNKNOWN_TO_DATABASE.some((state) => isDatabaseError(thrown, state))) throw thrown;
    const detail = 'The database is not that of this version: run budstikka migrate first.';
    throw new Failure('database-start', { detail, cause: thrown });
  });
}
