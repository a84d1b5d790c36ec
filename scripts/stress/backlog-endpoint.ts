import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Word } from './backlog-receiver.ts';
import type { Progress } from './catching-up.ts';

/** The process of the endpoint that a backlog is for, seen from here. */
export class BacklogEndpoint implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** @param measured how many events are waited for */
  static async start(measured: number): Promise<BacklogEndpoint> {
    const receiver = fileURLToPath(new URL('backlog-receiver.ts', import.meta.url));
    const child = fork(receiver, [String(measured)]);
    const [url] = (await once(child, 'message')) as [string];
    return new BacklogEndpoint(child, url);
  }

  /** Says a word; gives how far it is. One at a time. */
  async say(word: Word): Promise<Progress> {
    this.#child.send(word);
    const [progress] = (await once(this.#child, 'message')) as [Progress];
    return progress;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await once(this.#child, 'exit');
  }
}
