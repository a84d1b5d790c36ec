import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A user and group by number. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root. Started by root, it runs as whoever owns the directory, or would own it: the owner
 * of the nearest folder above that exists. Where that is root too, as `nobody`. Undefined: nothing to change.
 */
export async function accountFor(directory: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await ownerOf(directory);
  return owner.uid === 0 ? nobody() : owner;
}

async function ownerOf(path: string): Promise<Account> {
  const found = await stat(path).catch(() => undefined);
  return found ? { uid: found.uid, gid: found.gid } : ownerOf(dirname(path));
}

async function nobody(): Promise<Account> {
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(await readFile('/etc/passwd', 'utf8').catch(() => ''));
  return { uid: Number(entry?.[1] ?? 65534), gid: Number(entry?.[2] ?? 65534) };
}

/** The first folder on the way to the path that the account may not enter, judged by mode bits. */
export async function barrier(path: string, account: Account | undefined): Promise<string | undefined> {
  if (!account) return undefined;
  const parent = dirname(path);
  const above = parent === path ? undefined : await barrier(parent, account);
  if (above !== undefined) return above;
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) return undefined;
  const bit = found.uid === account.uid ? 0o100 : found.gid === account.gid ? 0o010 : 0o001;
  return (found.mode & bit) === 0 ? path : undefined;
}
