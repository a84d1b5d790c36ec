import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Database, sql } from '../../src/db/database.ts';
import { until } from '../support/until.ts';
import type { Kill, ProcessOptions } from './process.ts';

const PROGRAM = fileURLToPath(new URL('process.ts', import.meta.url));
const BACKENDS = sql(
  'test.backends',
  'SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1',
);

/** The engine in a process of its own. */
export class Victim implements AsyncDisposable {
  readonly #options: ProcessOptions;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, JSON.stringify(options)], {
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    this.#ended = once(this.#child, 'exit');
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Says where it kills itself. */
  arm(kill: Kill): void {
    this.#child.stdin?.write(`${JSON.stringify(kill)}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when it is gone, and its statements with it: what the database says now is all that it will have said. */
  async gone(database: Database): Promise<void> {
    await this.#ended;
    await until('the database has noticed', async () => {
      const [row] = await database.query<{ count: number }>(BACKENDS, [`victim-${this.#options.number}%`]);
      return row?.count === 0;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
