import pg from 'pg';
import { Failure } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { pause } from '../lib/time.ts';
import { chooseAddress, connectionString, ROLE } from './embedded/address.ts';
import { configure, createCluster, lastLines } from './embedded/cluster.ts';
import { type Files, openFiles } from './embedded/files.ts';
import { type Hold, holdServer } from './embedded/hold.ts';
import { findInstallation, type Installation, runProgram } from './embedded/installation.ts';
import { findPostmaster } from './embedded/postmaster.ts';

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

/** How often a start is tried against other processes that start and stop the same server at the same moment. */
const ATTEMPTS = 5;

/**
 * Runs the PostgreSQL that comes with the npm packages on a directory.
 *
 * Several processes may do so at once: they share one server, and the last one to be disposed stops it. A server that a
 * killed process left behind is adopted. Nothing listens beyond this machine, and no port is fixed.
 *
 * @throws Failure `database-start`, `database-newer`: the detail says what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const files = await openFiles(options.directory);
  const installation = await findInstallation(files);
  const created = await createCluster(installation, files, options.settings ?? {});
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const started = await startServer(installation, files, options);
    const hold = await holdServer(files);
    if (!hold) continue;
    const origin = !started ? 'adopted' : created ? 'created' : 'started';
    options.log.info({ directory: files.root, origin }, 'the embedded database answers');
    return openServer({ installation, files, hold, origin });
  }
  throw new Failure('database-start', {
    detail: `Other processes keep starting and stopping the database in ${files.root}; try again.`,
  });
}

/** Starts the server unless one runs. Returns whether it was this call that did. */
async function startServer(
  installation: Installation,
  files: Files,
  options: EmbeddedPostgresOptions,
): Promise<boolean> {
  if (await findPostmaster(files)) return false;
  await configure(files, await chooseAddress(files, options.listen ?? 'socket'), options.settings ?? {});
  const log = `${files.log}/start.log`;
  const { code, output } = await runProgram(installation, files, [
    'pg_ctl',
    'start',
    '--wait',
    '--timeout=60',
    `--pgdata=${files.data}`,
    `--log=${log}`,
  ]);
  if (code === 0) return true;
  if (await findPostmaster(files)) return false;
  // Backends of a server that was killed take a moment to notice.
  if (output.includes('pre-existing shared memory block')) return pause(200).then(() => false);
  throw new Failure('database-start', {
    detail: `PostgreSQL did not start in ${files.root}; its log is in ${files.log}. ${lastLines(output)}`,
  });
}

interface RunningServer {
  readonly installation: Installation;
  readonly files: Files;
  readonly hold: Hold;
  readonly origin: EmbeddedPostgres['origin'];
}

async function openServer({ installation, files, hold, origin }: RunningServer): Promise<EmbeddedPostgres> {
  const template = await connectionString(files, hold.address, 'template');
  const databaseUrl = (name: string): string =>
    template.replace('/template?', `/${encodeURIComponent(name)}?`);
  await ensureDatabase(databaseUrl('postgres'));
  return {
    url: databaseUrl(ROLE),
    origin,
    databaseUrl,
    [Symbol.asyncDispose]: async () => {
      await using use = hold;
      if (await use.release()) await stopServer(installation, files);
    },
  };
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [ROLE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${ROLE}`);
  } finally {
    await client.end();
  }
}

async function stopServer(installation: Installation, files: Files): Promise<void> {
  const { code, output } = await runProgram(installation, files, [
    'pg_ctl',
    'stop',
    '--mode=fast',
    '--wait',
    '--timeout=60',
    `--pgdata=${files.data}`,
  ]);
  if (code !== 0 && (await findPostmaster(files)))
    throw new Error(`PostgreSQL did not stop: ${lastLines(output)}`);
}
