import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { lstat, readFile, rmdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../lib/errors.ts';
import { type Files, makeFolder } from './files.ts';

/** The one role, and the database that is made for it. */
export const ROLE = 'budstikka';

/** Where the server listens: a unix socket in a folder of its own, or loopback TCP with a password. */
export type Address =
  | { readonly kind: 'socket'; readonly folder: string; readonly port: number }
  | { readonly kind: 'loopback'; readonly port: number };

/** In a folder of its own the port is no more than part of a file name. */
const SOCKET_PORT = 5432;

/** The kernel cuts socket paths at 104 (macOS) or 108 (Linux) bytes. */
const LONGEST_SOCKET_PATH = 100;

/** A unix socket where the machine has them, else a free port. */
export async function chooseAddress(files: Files, listen: 'socket' | 'loopback'): Promise<Address> {
  if (listen === 'socket' && process.platform !== 'win32') {
    for (const folder of [files.run, shortFolder(files.data)]) {
      if (Buffer.byteLength(socketPath(folder)) > LONGEST_SOCKET_PATH) continue;
      await makePrivate(folder, files);
      if (await canListen(join(folder, `probe-${randomBytes(3).toString('hex')}`))) {
        return { kind: 'socket', folder, port: SOCKET_PORT };
      }
    }
  }
  return { kind: 'loopback', port: await freePort() };
}

function socketPath(folder: string): string {
  return join(folder, `.s.PGSQL.${SOCKET_PORT}`);
}

/** For data that lies too deep: the same name at every start, so that nothing piles up. */
function shortFolder(data: string): string {
  const name = createHash('sha256').update(data).digest('hex').slice(0, 16);
  return join(tmpdir(), `budstikka-${name}`);
}

/** Removes what `chooseAddress` made outside the files, once the server has removed its socket. */
export async function removeShortFolder(files: Files, address: Address): Promise<void> {
  if (address.kind === 'socket' && address.folder !== files.run) {
    await rmdir(address.folder).catch(() => undefined);
  }
}

/** In a folder that somebody else made, a socket of theirs could stand and take our connections. */
async function makePrivate(folder: string, files: Files): Promise<void> {
  await makeFolder(folder, files.account);
  const found = await lstat(folder);
  const owner = files.account?.uid ?? process.getuid?.();
  if (!found.isDirectory() || found.uid !== owner || (found.mode & 0o077) !== 0) {
    throw new Failure('database-start', {
      detail: `${folder} must be a folder that only user ${owner} may enter; remove it and start again.`,
    });
  }
}

async function canListen(path: string): Promise<boolean> {
  const server = createServer().listen(path);
  const listens = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (listens) await new Promise((closed) => server.close(closed));
  return listens;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** Connection strings, as `pg` and libpq read them, for the databases of the server at the address. */
export async function connectionStrings(
  files: Files,
  address: Address,
): Promise<(database: string) => string> {
  if (address.kind === 'socket') {
    const folder = encodeURIComponent(address.folder);
    return (database) =>
      `postgresql://${ROLE}@localhost:${address.port}/${encodeURIComponent(database)}?sslmode=disable&host=${folder}`;
  }
  const password = encodeURIComponent((await readFile(files.password, 'utf8')).trim());
  return (database) =>
    `postgresql://${ROLE}:${password}@127.0.0.1:${address.port}/${encodeURIComponent(database)}?sslmode=disable`;
}
