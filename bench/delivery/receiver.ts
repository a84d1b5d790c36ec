import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../../test/support/until.ts';
import { asRun } from '../as-run.ts';

/** The receiver's process, seen from here. */
export class SinkProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}/`;
  }

  static async start(): Promise<SinkProcess> {
    const child = fork(asRun(new URL('sink.ts', import.meta.url)));
    const [port] = (await once(child, 'message')) as [number];
    return new SinkProcess(child, port);
  }

  /** When each message arrived, in nanoseconds, since the last time this was asked. */
  async take(): Promise<Map<string, bigint>> {
    this.#child.send('take');
    const [arrivals] = (await once(this.#child, 'message')) as [[string, string][]];
    return new Map(arrivals.map(([id, at]) => [id, BigInt(at)]));
  }

  /** Waits until so many distinct messages have arrived, at most so many milliseconds, and gives all of them. */
  async takeAll(count: number, timeout = 120_000): Promise<Map<string, bigint>> {
    const all = new Map<string, bigint>();
    await until(
      `${count} messages have arrived`,
      async () => {
        for (const [id, at] of await this.take()) if (!all.has(id)) all.set(id, at);
        return all.size >= count;
      },
      { timeout },
    );
    return all;
  }

  /** Waits until these have arrived; forgets whatever else has. */
  async takeThese(names: Iterable<string>): Promise<Map<string, bigint>> {
    const missing = new Set(names);
    const taken = new Map<string, bigint>();
    const take = async () => {
      for (const [name, at] of await this.take()) if (missing.delete(name)) taken.set(name, at);
      return missing.size === 0;
    };
    await until('the messages have arrived', take, { timeout: 120_000 });
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await once(this.#child, 'exit');
  }
}
