import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { until } from '../../test/support/until.ts';
import { Api } from './api.ts';
import type { KillPoint, SystemOptions } from './system.ts';

export interface ServerProcessOptions extends SystemOptions {
  readonly name: string;
  readonly port: number;
  /** Settings without the prefix. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where what it says goes. */
  readonly logFile: string;
}

const ENTRY = fileURLToPath(new URL('system.ts', import.meta.url));
/** Milliseconds that a start may take, on a machine that is busy and with a database that is not there yet. */
const START = 120_000;
const END = 10_000;

/** A running process under test. */
export class ServerProcess {
  readonly name: string;
  readonly api: Api;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor({ name, port, settings, logFile, program, skew }: ServerProcessOptions) {
    this.name = name;
    this.api = new Api(`http://127.0.0.1:${port}`);
    const all = { ...settings, PORT: String(port) };
    const env = Object.fromEntries(Object.entries(all).map(([key, value]) => [`BUDSTIKKA_${key}`, value]));
    const options: SystemOptions = { program, skew };
    this.#child = spawn(process.execPath, ['--import', 'tsx', ENTRY, JSON.stringify(options)], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const said = createWriteStream(logFile, { flags: 'a' });
    this.#child.stdout?.pipe(said, { end: false });
    this.#child.stderr?.pipe(said, { end: false });
    this.#child.stdin?.on('error', () => undefined);
    this.#ended = once(this.#child, 'exit');
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves with true when it answers, and with false when it has ended instead. */
  async started(): Promise<boolean> {
    await until(`${this.name} answers`, async () => !this.isAlive || (await this.api.isReady()), {
      timeout: START,
    });
    return this.isAlive;
  }

  /** Says where it kills itself. */
  arm(kill: KillPoint): void {
    this.#child.stdin?.write(`${JSON.stringify(kill)}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
  }

  /** Ends in order, or is killed when that takes too long. */
  async end(): Promise<void> {
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), END);
    await this.#ended;
    clearTimeout(timer);
  }
}
