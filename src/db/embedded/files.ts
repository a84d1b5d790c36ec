import { randomBytes } from 'node:crypto';
import { lchown, mkdir, open, readdir, rename, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Failure } from '../../lib/errors.ts';
import { type Account, accountFor } from './account.ts';

/** Where everything of one embedded server lies: the data proper, and beside it what PostgreSQL would not have there. */
export interface Files {
  readonly root: string;
  /** PostgreSQL's data directory. */
  readonly data: string;
  /** The server's own log, one file per weekday. */
  readonly log: string;
  /** The unix socket. */
  readonly run: string;
  /** Library links, where the package could not make them. */
  readonly lib: string;
  /** The password of the one role, for loopback TCP. */
  readonly password: string;
  /** Who owns them and runs the server; undefined when that is whoever we are. */
  readonly account: Account | undefined;
}

const OURS = /^(data|log|run|lib|new-.*)$/;

/** Lays out the directory; makes what is missing. Refuses a directory that something else lives in. */
export async function openFiles(directory: string): Promise<Files> {
  const root = resolve(directory);
  const account = await accountFor(join(root, 'data'));
  if ((await mkdir(root, { recursive: true, mode: 0o755 })) !== undefined) await give(root, account);
  const foreign = (await readdir(root)).find((name) => !OURS.test(name) && !name.startsWith('.'));
  if (foreign !== undefined) {
    throw new Failure('database-start', {
      detail: `${root} already holds ${foreign}: the database needs a directory of its own.`,
    });
  }
  const files = {
    root,
    data: join(root, 'data'),
    log: join(root, 'log'),
    run: join(root, 'run'),
    lib: join(root, 'lib'),
    password: join(root, 'data', 'password'),
    account,
  };
  for (const folder of [files.log, files.run, files.lib]) await makeFolder(folder, account);
  return files;
}

/** Makes the folder, for its account only. */
export async function makeFolder(path: string, account: Account | undefined): Promise<void> {
  if ((await mkdir(path, { recursive: true, mode: 0o700 })) !== undefined) await give(path, account);
}

/**
 * Hands a path over to the account that runs the server. Links are not followed, here and below: we may be root, and
 * the folder is the account's, who could let a name point anywhere.
 */
export async function give(path: string, account: Account | undefined): Promise<void> {
  if (account) await lchown(path, account.uid, account.gid);
}

/** Writes a file that only the account may read. Whoever reads it finds the old text or the new one, never a part. */
export async function writePrivate(path: string, text: string, account: Account | undefined): Promise<void> {
  const fresh = `${path}.${randomBytes(4).toString('hex')}`;
  const file = await open(fresh, 'wx', 0o600);
  try {
    if (account) await file.chown(account.uid, account.gid);
    await file.writeFile(text);
  } finally {
    await file.close();
  }
  await rename(fresh, path);
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
