import { chmod, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { openLog } from '../../src/lib/log.ts';

/** Bytes that must be free in memory; a run needs about a tenth. */
const ROOM = 4 * 2 ** 30;

/** A folder of one's own for a server. */
export interface ServerDirectory extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes a folder that the server's account can enter: started by root, it runs as somebody else. In memory where there
 * is room, because a copy of the template makes hundreds of files: 15 ms there, ten times as much on many disks.
 */
export async function openServerDirectory(): Promise<ServerDirectory> {
  const path = await mkdtemp(join(await base(), `budstikka-test-${process.pid}-`));
  await chmod(path, 0o711);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function base(): Promise<string> {
  const memory = await statfs('/dev/shm').catch(() => undefined);
  return memory && memory.bavail * memory.bsize > ROOM ? '/dev/shm' : tmpdir();
}

/** Stops and removes the servers of our runs that were killed: adopting one and letting it go stops it. */
export async function sweepServerDirectories(): Promise<void> {
  const parent = await base();
  for (const name of await readdir(parent)) {
    const owner = /^budstikka-test-(\d+)-/.exec(name)?.[1];
    const path = join(parent, name);
    if (owner === undefined || isAlive(Number(owner)) || !(await isOurs(path))) continue;
    // Another run may be sweeping too, and be done already.
    for (const server of await readdir(path).catch(() => [])) await stopLeftBehind(join(path, server));
    await rm(path, { recursive: true, force: true });
  }
}

async function stopLeftBehind(directory: string): Promise<void> {
  if (!(await stat(join(directory, 'data', 'postmaster.pid')).catch(() => undefined))) return;
  const log = openLog({ level: 'warn' });
  const server = await startEmbeddedPostgres({ directory, log }).catch(() => undefined);
  await server?.[Symbol.asyncDispose]();
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isOurs(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.uid === process.getuid?.();
}
