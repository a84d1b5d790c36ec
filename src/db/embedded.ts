import pg from 'pg';
import { Failure } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { pause } from '../lib/time.ts';
import { isDatabaseError } from './database.ts';
import { connectionStrings, ROLE, removeShortFolder } from './embedded/address.ts';
import { createCluster } from './embedded/cluster.ts';
import { type Files, openFiles } from './embedded/files.ts';
import { type Hold, holdServer } from './embedded/hold.ts';
import { findInstallation, type Installation } from './embedded/installation.ts';
import { startServer, stopServer } from './embedded/server.ts';

export interface EmbeddedPostgresOptions {
  /** A folder of its own; made when it is missing. */
  readonly directory: string;
  readonly log: Log;
  /** PostgreSQL settings over ours. They hold from the next real start: a server that is adopted keeps its own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A unix socket (the default; loopback where the machine has none), or loopback TCP with a password. */
  readonly listen?: 'socket' | 'loopback';
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** Connection string of the database `budstikka`. */
  readonly url: string;
  /** Whether the data directory was made, the server was started, or it ran already. */
  readonly origin: 'created' | 'started' | 'adopted';
  /** Connection string of any database of this server. */
  databaseUrl(name: string): string;
}

/** How often a start is tried while something passes that is in its way, and the milliseconds between. */
const ATTEMPTS = 25;
const BETWEEN = 200;

/**
 * Runs the PostgreSQL that comes with the npm packages on a directory.
 *
 * Several processes may do so at once: they share one server, and the last one to be disposed stops it. A server that a
 * killed process left behind is adopted. Nothing listens beyond this machine, and no port is fixed.
 *
 * @throws Failure `database-start`, `database-newer`: the detail says what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { settings = {}, listen = 'socket' } = options;
  const files = await openFiles(options.directory);
  const installation = await findInstallation(files);
  const created = await createCluster(installation, files, settings);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const started = await startServer(installation, files, { settings, listen });
    const hold = await holdServer(files);
    if (hold) {
      const origin = !started ? 'adopted' : created ? 'created' : 'started';
      options.log.info({ directory: files.root, origin }, 'the embedded database answers');
      return openServer({ installation, files, hold, origin });
    }
    await pause(BETWEEN);
  }
  throw new Failure('database-start', {
    detail: `The database in ${files.root} stays in the hands of processes that start and stop it, or that are left over from one that was killed; end them and start again.`,
  });
}

interface RunningServer {
  readonly installation: Installation;
  readonly files: Files;
  readonly hold: Hold;
  readonly origin: EmbeddedPostgres['origin'];
}

async function openServer({ installation, files, hold, origin }: RunningServer): Promise<EmbeddedPostgres> {
  const databaseUrl = await connectionStrings(files, hold.address);
  const server: EmbeddedPostgres = {
    url: databaseUrl(ROLE),
    origin,
    databaseUrl,
    [Symbol.asyncDispose]: async () => {
      await using use = hold;
      if (!(await use.release())) return;
      await stopServer(installation, files);
      await removeShortFolder(files, hold.address);
    },
  };
  try {
    await ensureDatabase(databaseUrl('postgres'));
    return server;
  } catch (thrown) {
    await server[Symbol.asyncDispose]();
    throw thrown;
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [ROLE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${ROLE}`);
  } catch (thrown) {
    // Another process, started at the same moment, was first.
    if (!isDatabaseError(thrown, '23505') && !isDatabaseError(thrown, '42P04')) throw thrown;
  } finally {
    await client.end();
  }
}
