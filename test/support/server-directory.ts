import { chmod, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { openLog } from '../../src/lib/log.ts';

const PREFIX = 'budstikka-test-';

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
  const path = await mkdtemp(join(await base(), `${PREFIX}${process.pid}-`));
  await chmod(path, 0o711);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function base(): Promise<string> {
  const memory = await statfs('/dev/shm').catch(() => undefined);
  return memory && memory.bavail * memory.bsize > ROOM ? '/dev/shm' : tmpdir();
}

/** Stops and removes the servers of runs that were killed: adopting one and letting it go stops it. */
export async function sweepServerDirectories(): Promise<void> {
  const parent = await base();
  for (const name of await readdir(parent)) {
    const owner = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1] ?? process.pid);
    if (isAlive(owner)) continue;
    const path = join(parent, name);
    for (const server of await readdir(path)) {
      const log = openLog({ level: 'warn' });
      const left = await startEmbeddedPostgres({ directory: join(path, server), log }).catch(() => undefined);
      await left?.[Symbol.asyncDispose]();
    }
    await rm(path, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
