import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** An example service as a process of its own. */
export interface RunningService extends AsyncDisposable {
  readonly origin: string;
  /** The dialog that it has made. */
  readonly dialog: string;
  /** Lines on standard error. */
  readonly complaints: readonly string[];
}

/** Starts examples/write-action against a platform, on any port. */
export async function startService(base: string): Promise<RunningService> {
  const child = spawn(process.execPath, ['examples/write-action/service.mjs', base, '0']);
  const complaints: string[] = [];
  createInterface(child.stderr).on('line', (line) => complaints.push(line));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value } = await lines.next();
  if (typeof value !== 'string') throw new Error(`the service did not start: ${complaints.join('\n')}`);
  const page = new URL(value);
  return {
    origin: page.origin,
    dialog: page.searchParams.get('dialog') ?? '',
    complaints,
    [Symbol.asyncDispose]: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}
