import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../lib/errors.ts';
import { type Address, ROLE } from './address.ts';
import { exists, type Files, give, writePrivate } from './files.ts';
import { type Installation, lastLines, runProgram } from './installation.ts';

/** The file that PostgreSQL reads last. Written at every start; what initdb found out stands in another one. */
const SETTINGS_FILE = 'postgresql.auto.conf';

/** A small server that loses nothing: fsync and synchronous_commit are on. */
const SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'on',
  synchronous_commit: 'on',
  max_connections: '100',
  shared_buffers: '64MB',
  timezone: 'UTC',
  // The log is bounded: a file per weekday, emptied when the day comes again, and no errors of statements in it. Those
  // reach us as answers; their text may hold what must not stand in a log.
  logging_collector: 'on',
  log_filename: 'postgres-%a.log',
  log_rotation_age: '1d',
  log_rotation_size: '0',
  log_truncate_on_rotation: 'on',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_autovacuum_min_duration: '-1',
};

/** Makes the data directory where there is none. Returns whether it did. */
export async function createCluster(
  installation: Installation,
  files: Files,
  settings: Readonly<Record<string, string>>,
): Promise<boolean> {
  if (await exists(files.data)) {
    await assertMajor(installation, files);
    return false;
  }
  // Made aside and moved, so that a start which is interrupted leaves no half of a cluster.
  const fresh = await mkdtemp(join(files.root, 'new-'));
  try {
    await give(fresh, files.account);
    await initialise(installation, files, { fresh, sync: settings['fsync'] !== 'off' });
    await rename(join(fresh, 'data'), files.data);
    return true;
  } catch (thrown) {
    // Another process was first: its cluster is as good.
    if (await exists(files.data)) return false;
    throw thrown;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function initialise(
  installation: Installation,
  files: Files,
  { fresh, sync }: { fresh: string; sync: boolean },
): Promise<void> {
  const password = join(fresh, 'password');
  await writePrivate(password, `${randomBytes(24).toString('base64url')}\n`, files.account);
  const { code, output } = await runProgram(installation, files, [
    'initdb',
    `--pgdata=${join(fresh, 'data')}`,
    `--username=${ROLE}`,
    `--pwfile=${password}`,
    // The socket's folder is closed to others; a loopback port is not.
    '--auth-local=trust',
    '--auth-host=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    // Compares by code point and knows the case of every letter, the same on every machine.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(sync ? [] : ['--no-sync']),
  ]);
  if (code !== 0) {
    throw new Failure('database-start', {
      detail: `A new database could not be made in ${files.root}. ${lastLines(output)}`,
    });
  }
  await rename(password, join(fresh, 'data', 'password'));
}

async function assertMajor(installation: Installation, files: Files): Promise<void> {
  const major = (await readFile(join(files.data, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  if (major === installation.major) return;
  throw new Failure('database-newer', {
    detail: `${files.data} belongs to PostgreSQL ${major || 'of an unknown version'} and this is PostgreSQL ${installation.major}: run it with the version that made it, or start with another directory.`,
  });
}

/** Writes the settings that the next start will use. */
export async function configure(
  files: Files,
  address: Address,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const all = { ...SETTINGS, log_directory: files.log, ...listening(address), ...settings };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${quote(value)}\n`);
  await writePrivate(join(files.data, SETTINGS_FILE), lines.join(''), files.account);
}

function listening(address: Address): Record<string, string> {
  return address.kind === 'socket'
    ? { listen_addresses: '', unix_socket_directories: address.folder, port: String(address.port) }
    : { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(address.port) };
}

function quote(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
