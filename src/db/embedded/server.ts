import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../lib/errors.ts';
import { monotonic, pause } from '../../lib/time.ts';
import { chooseAddress } from './address.ts';
import { configure } from './cluster.ts';
import type { Files } from './files.ts';
import { type Installation, lastLines, runProgram } from './installation.ts';
import { clearSocket, findPostmaster } from './postmaster.ts';

/** Milliseconds that the last checkpoint may take. */
const STOP_TIMEOUT = 60_000;

/** Backends of a killed server take a moment to notice; a free port may be taken by somebody else meanwhile. */
const PASSING = /pre-existing shared memory block|could not create any TCP\/IP sockets/;

export interface StartOptions {
  readonly settings: Readonly<Record<string, string>>;
  readonly listen: 'socket' | 'loopback';
}

/**
 * Starts the server unless one runs. Returns whether this call did; false also when something was in the way that will
 * pass.
 *
 * @throws Failure `database-start` with the server's own last words.
 */
export async function startServer(
  installation: Installation,
  files: Files,
  { settings, listen }: StartOptions,
): Promise<boolean> {
  if (await findPostmaster(files)) return false;
  const address = await chooseAddress(files, listen);
  if (address.kind === 'socket') await clearSocket(files, address.folder);
  await configure(files, address, settings);
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
  const said = await readEnd(files.startLog).catch(() => output);
  if (!said.includes('redirecting log output')) return said;
  const names = await readdir(files.log);
  const logs = await Promise.all(
    names.map(async (name) => {
      const path = join(files.log, name);
      return { path, changed: (await stat(path)).mtimeMs };
    }),
  );
  const newest = logs.toSorted((one, other) => other.changed - one.changed)[0];
  return newest ? readEnd(newest.path) : said;
}

/** The last 8 kB of a file. */
async function readEnd(path: string): Promise<string> {
  await using file = await open(path);
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read({
    buffer: Buffer.alloc(8192),
    position: Math.max(0, size - 8192),
  });
  return buffer.toString('utf8', 0, bytesRead);
}

/**
 * Stops the server and ends all its connections. Waits for the process itself: `pg_ctl --wait` watches the pid file, and
 * would take the server that another process starts in the same moment for the one that is to stop.
 */
export async function stopServer(installation: Installation, files: Files): Promise<void> {
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
