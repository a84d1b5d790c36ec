import { randomBytes } from 'node:crypto';
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

/**
 * What passes by itself: backends of a killed server take a moment to notice; a free port may be taken by somebody
 * else meanwhile; another process may start the same server in the same moment, or stop the one that was just started.
 */
const PASSING =
  /pre-existing shared memory block|could not create any TCP\/IP sockets|lock file .* already exists|received fast shutdown request/;

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
  // A file of this one start: what it says must not be another's.
  const said = join(files.log, `start-${randomBytes(4).toString('hex')}.log`);
  try {
    const { code, output } = await runProgram(installation, files, [
      'pg_ctl',
      'start',
      '--wait',
      '--timeout=60',
      `--pgdata=${files.data}`,
      `--log=${said}`,
    ]);
    if (code === 0) return true;
    const reason = await lastWords(files, said).catch(() => output);
    if ((await findPostmaster(files)) || PASSING.test(reason)) return false;
    throw new Failure('database-start', {
      detail: `PostgreSQL did not start in ${files.root}; its log is in ${files.log}. ${lastLines(reason)}`,
    });
  } finally {
    await rm(said, { force: true }).catch(() => undefined);
  }
}

/** What the server said last: to the file that pg_ctl opened or, when it came that far, to its own log. */
async function lastWords(files: Files, said: string): Promise<string> {
  const first = await readEnd(said);
  const pid = /\[(\d+)\] LOG: {2}redirecting log output/.exec(first)?.[1];
  if (pid === undefined) return first;
  const names = (await readdir(files.log)).filter((name) => name.startsWith('postgres-'));
  const logs = await Promise.all(
    names.map(async (name) => {
      const path = join(files.log, name);
      return { path, changed: (await stat(path)).mtimeMs };
    }),
  );
  const newest = logs.toSorted((one, other) => other.changed - one.changed)[0];
  const text = newest ? await readEnd(newest.path) : first;
  return text.slice(Math.max(0, text.lastIndexOf(`[${pid}] LOG:  starting PostgreSQL`)));
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
