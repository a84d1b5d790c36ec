import { execFile } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Address } from './address.ts';
import type { Files } from './files.ts';

/** What `postmaster.pid` tells about the server that wrote it. */
export interface Postmaster {
  readonly pid: number;
  /** Undefined while it is starting. */
  readonly address: Address | undefined;
}

/** The server that runs on the data directory. */
export async function findPostmaster(files: Files): Promise<Postmaster | undefined> {
  const lines = await readLock(join(files.data, 'postmaster.pid'), files.data);
  return lines && { pid: Number(lines[0]), address: addressFrom(lines) };
}

/** Removes what a killed server left in the folder of its socket. */
export async function clearSocket(files: Files, folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith('.lock')) await readLock(join(folder, name), files.data);
  }
}

/**
 * The lines of a server's lock file, if the server runs. A file whose process is gone is PostgreSQL's own to clear: it
 * also looks for orphaned backends. But PostgreSQL takes every living process of the same user for the server, and
 * after a restart of the machine, above all of a container, the number often belongs to another one; and a dead one
 * that nobody collects counts as living. Such a file is removed here.
 */
async function readLock(path: string, data: string): Promise<string[] | undefined> {
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  const pid = Number.parseInt(lines[0] ?? '', 10);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  if (!(await isAnother(pid, data))) return lines;
  await rm(path, { force: true });
  return undefined;
}

/** Lines of the file: pid, data directory, start time, port, socket folder, listening address, shared memory, state. */
function addressFrom(lines: readonly string[]): Address | undefined {
  const [, , , port, folder, host] = lines;
  if (folder) return { kind: 'socket', folder, port: Number(port) };
  return host ? { kind: 'loopback', port: Number(port) } : undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether the process is known not to be the server of this data directory; in doubt it is. */
async function isAnother(pid: number, data: string): Promise<boolean> {
  if (process.platform === 'win32') return false;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() =>
    promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).then(
      (found) => found.stdout,
      () => undefined,
    ),
  );
  return command !== undefined && !command.includes(data);
}
