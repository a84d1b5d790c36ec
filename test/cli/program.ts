import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { openServerDirectory } from '../support/server-directory.ts';
import { until } from '../support/until.ts';

/** Settings without the prefix that all of them share. */
export type Env = Readonly<Record<string, string>>;

/** How a run of the program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program as a process of its own. */
export interface Child extends AsyncDisposable {
  /** Resolves when it has ended. */
  readonly ended: Promise<Ended>;
  /** What it has printed to standard output so far. */
  printed(): string;
  kill(signal: NodeJS.Signals): void;
}

/** The program as it is shipped: built, in a folder with the files that lie beside it. */
export interface Program extends AsyncDisposable {
  /** A folder of the test's own, which every account may enter. */
  readonly folder: string;
  /** Starts `budstikka ARGS` with these settings and no others. Disposal kills what still runs. */
  start(args: readonly string[], env?: Env): Child;
  /** Runs `budstikka ARGS` to its end. */
  run(args: readonly string[], env?: Env): Promise<Ended>;
  /** Starts it and waits until it can serve; throws what it printed when it ends before. */
  startReady(args: readonly string[], env: Env & { readonly PORT: string }): Promise<Child>;
}

export async function buildProgram(): Promise<Program> {
  const directory = await openServerDirectory();
  const folder = directory.path;
  const compiler = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'];
  // It builds whatever the types say: that is another check.
  await once(spawn(process.execPath, [...compiler, '--outDir', join(folder, 'dist')]), 'close');
  await cp('package.json', join(folder, 'package.json'));
  for (const name of ['node_modules', 'migrations', 'contracts', 'examples']) {
    await symlink(join(process.cwd(), name), join(folder, name));
  }
  const main = join(folder, 'dist/main.js');
  const start: Program['start'] = (args, env) => startChild([main, ...args], env);
  return {
    ...{ folder, start },
    run: (args, env) => start(args, env).ended,
    startReady: (args, env) => whenReady(start(args, env), env.PORT),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

function startChild(args: readonly string[], env: Env = {}): Child {
  const settings = Object.entries(env).map(([name, value]) => [`BUDSTIKKA_${name}`, value]);
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...Object.fromEntries(settings) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, stdout, stderr }));
  return {
    ...{ ended, printed: () => stdout, kill: (signal) => child.kill(signal) },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function whenReady(child: Child, port: string): Promise<Child> {
  let over: Ended | undefined;
  void child.ended.then((ended) => (over = ended));
  const isReady = async () => (await fetch(`http://127.0.0.1:${port}/health/readiness`)).ok;
  await until('it is ready', async () => over !== undefined || (await isReady()), { timeout: 25_000 });
  if (over) throw new Error(`it ended before it was ready: ${over.stderr}`);
  return child;
}
