import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { Failure } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { monotonic, pause } from '../lib/time.ts';
import { isDatabaseError } from './database.ts';
import { chooseAddress, connectionStrings, ROLE, removeShortFolder } from './embedded/address.ts';
import { configure, createCluster, lastLines } from './embedded/cluster.ts';
import { type Files, openFiles } from './embedded/files.ts';
import { type Hold, holdServer } from './embedded/hold.ts';
import { findInstallation, type Installation, runProgram } from './embedded/installation.ts';
import { clearSocket, findPostmaster } from './embedded/postmaster.ts';

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

/** Milliseconds that the last checkpoint may take. */
const STOP_TIMEOUT = 60_000;

/** Backends of a killed server take a moment to notice; a free port may be taken by somebody else meanwhile. */
const PASSING = /pre-existing shared memory block|could not create any TCP\/IP sockets/;

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
    if (!hold) {
      await pause(BETWEEN);
      continue;
    }
    const origin = !started ? 'adopted' : created ? 'created' : 'started';
    options.log.info({ directory: files.root, origin }, 'the embedded database answers');
    return openServer({ installation, files, hold, origin });
  }
  throw new Failure('database-start', {
    detail: `The database in ${files.root} stays in the hands of processes that start and stop it, or that are left over from one that was killed; end them and start again.`,
  });
}

/** Starts the server unless one runs. Returns whether it was this call that did. */
async function startServer(
  installation: Installation,
  files: Files,
  options: EmbeddedPostgresOptions,
): Promise<boolean> {
  if (await findPostmaster(files)) return false;
  const address = await chooseAddress(files, options.listen ?? 'socket');
  if (address.kind === 'socket') await clearSocket(files, address.folder);
  await configure(files, address, options.settings ?? {});
  await rm(files.startLog, { force: true });
  const { code, output } = await runProgram(installation, files, [
    'pg_ctl',
    'start',
    '--wait',
    '--timeout=60',
    `--pgdata=${files.data}`,
    `--log=${files.startLog}`,
  ]);
  if (code === 0) return true;
  if (await findPostmaster(files)) return false;
  const reason = await lastWords(files, output);
  if (PASSING.test(reason)) return false;
  throw new Failure('database-start', {
    detail: `PostgreSQL did not start in ${files.root}; its log is in ${files.log}. ${lastLines(reason)}`,
  });
}

/** What the server said last: to the file that pg_ctl opened, or to its own log if it came that far. */
async function lastWords(files: Files, output: string): Promise<string> {
  const said = await readFile(files.startLog, 'utf8').catch(() => output);
  if (!said.includes('logging collector')) return said;
  const logs = (await readdir(files.log)).map((name) => join(files.log, name));
  const times = await Promise.all(logs.map(async (path) => ({ path, at: (await stat(path)).mtimeMs })));
  const newest = times.toSorted((one, other) => other.at - one.at)[0];
  return newest ? readFile(newest.path, 'utf8') : said;
}

interface RunningServer {
  readonly installation: Installation;
  readonly files: Files;
  readonly hold: Hold;
  readonly origin: EmbeddedPostgres['origin'];
}

async function openServer({ installation, files, hold, origin }: RunningServer): Promise<EmbeddedPostgres> {
  const databaseUrl = await connectionStrings(files, hold.address);
  await ensureDatabase(databaseUrl('postgres'));
  return {
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

/**
 * Waits for the process itself: `pg_ctl --wait` watches the pid file, and would take the server that another process
 * starts in the same moment for the one that is to stop.
 */
async function stopServer(installation: Installation, files: Files): Promise<void> {
  const running = await findPostmaster(files);
  if (!running) return;
  const { output } = await runProgram(installation, files, [
    'pg_ctl',
    'stop',
    '--mode=fast',
    '--no-wait',
    `--pgdata=${files.data}`,
  ]);
  const deadline = monotonic() + STOP_TIMEOUT;
  while ((await findPostmaster(files))?.pid === running.pid) {
    if (monotonic() > deadline) throw new Error(`PostgreSQL does not stop: ${lastLines(output)}`);
    await pause(10);
  }
}
