import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../scripts/free-port.ts';
import { until } from '../support/until.ts';

/** The whole system in development mode, in a process of its own. */
export interface SystemProcess extends AsyncDisposable {
  readonly base: string;
  readonly child: ChildProcess;
}

export interface SystemProcessOptions {
  /** Where `src` lies; the repository unless given. */
  readonly root?: string;
  readonly databaseUrl: string;
  /** Settings without the prefix. */
  readonly env?: Readonly<Record<string, string>>;
}

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** Starts a system and waits until it answers. It ends with SIGTERM, and is killed when that takes too long. */
export async function startSystemProcess(options: SystemProcessOptions): Promise<SystemProcess> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'budstikka-'));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const settings = {
    DATABASE_URL: options.databaseUrl,
    ...{ DATA_DIR: dataDirectory, PORT: String(port), LEASE_MS: '2000', LOG_LEVEL: 'warn' },
    ...options.env,
  };
  const { errors, child } = launch(options.root ?? REPOSITORY, settings);
  const stop = async () => {
    await end(child);
    await rm(dataDirectory, { recursive: true, force: true });
  };
  try {
    await until('the system answers', () => isReady(child, base, errors), { timeout: 30_000 });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { base, child, [Symbol.asyncDispose]: stop };
}

function launch(root: string, settings: Readonly<Record<string, string>>) {
  const env = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`BUDSTIKKA_${name}`, value]),
  );
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', 'dev'], {
    ...{ cwd: root, env: { PATH: process.env['PATH'], ...env } },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const errors: string[] = [];
  child.stderr?.on('data', (data: Buffer) => errors.splice(0, errors.length - 20, String(data)));
  return { child, errors };
}

async function isReady(child: ChildProcess, base: string, errors: readonly string[]): Promise<boolean> {
  if (child.exitCode !== null) return Promise.reject(new Error(`it ended: ${errors.join('')}`));
  return (await fetch(`${base}/health/readiness`)).ok;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await gone;
  clearTimeout(timer);
}
