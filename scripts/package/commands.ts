import { execFile, spawn } from 'node:child_process';
import { environment } from '../../src/config.ts';
import { until } from '../../test/support/until.ts';

/** How a command ended. */
export interface Ended {
  /** Undefined when it was killed. */
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

export interface CommandOptions {
  readonly directory: string;
  /** Over the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

const LIMIT = { timeout: 180_000, maxBuffer: 16 << 20 };

/** Runs a command to its end, for three minutes at most. */
export function run(command: readonly string[], options: CommandOptions): Promise<Ended> {
  const [file = '', ...args] = command;
  const settings = { ...LIMIT, cwd: options.directory, env: environmentWith(options.env) };
  return new Promise((resolve) => {
    execFile(file, args, settings, (error, out, err) => {
      const code = error === null ? 0 : error.code;
      resolve({ code: typeof code === 'number' ? code : undefined, out, err });
    });
  });
}

/** As `run`, but throws unless the command succeeds; gives what it wrote. */
export async function mustRun(command: readonly string[], options: CommandOptions): Promise<string> {
  const { code, out, err } = await run(command, options);
  if (code === 0) return out;
  throw new Error(`${command.join(' ')} ended with ${code ?? 'a signal'}: ${err || out}`);
}

/** A command that runs until it is disposed: then it, and everything that it has started, is told to stop. */
export interface Running extends AsyncDisposable {
  readonly isRunning: boolean;
}

export function start(command: readonly string[], options: CommandOptions): Running {
  const [file = '', ...args] = command;
  const env = environmentWith(options.env);
  // A group of its own: npx neither passes on every signal nor waits for what it has started.
  const child = spawn(file, args, { cwd: options.directory, env, detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  const signal = (name: NodeJS.Signals | 0) => child.pid !== undefined && signalGroup(child.pid, name);
  return {
    get isRunning() {
      return signal(0);
    },
    [Symbol.asyncDispose]: async () => {
      signal('SIGTERM');
      await until(`${command.join(' ')} had ended`, () => !signal(0), { timeout: 20_000 });
    },
  };
}

/** Whether anybody in the group was there to get it. */
function signalGroup(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, name);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw thrown;
  }
}

/** Settings of ours would configure what is to run unconfigured; those of the npm above would lead the npm below astray. */
function environmentWith(more: CommandOptions['env']): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !/^(BUDSTIKKA|npm)_/.test(name));
  return { ...Object.fromEntries(kept), ...more };
}
