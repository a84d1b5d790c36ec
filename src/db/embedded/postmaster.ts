import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
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

/**
 * The server that runs on the data directory. A file whose process is gone is PostgreSQL's own to clear: it also looks
 * for orphaned backends. But PostgreSQL takes any living process of the same user for the server, and after a reboot,
 * above all in a container, the number often belongs to another one. Such a file is removed here.
 */
export async function findPostmaster(files: Files): Promise<Postmaster | undefined> {
  const path = join(files.data, 'postmaster.pid');
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  const pid = Number.parseInt(lines[0] ?? '', 10);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  if (await isAnother(pid, files.data)) {
    await rm(path, { force: true });
    return undefined;
  }
  return { pid, address: addressFrom(lines) };
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
