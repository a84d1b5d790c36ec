import type { ServerResponse } from 'node:http';
import type { Identity } from '../access/ports.ts';
import type { LiveChange, LiveReader } from '../live/hub.ts';
import type { DialogEventsOperation } from './dialog-events.ts';

/** Headers that keep proxies from buffering a stream. */
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/**
 * One stream in the *distinct connections* mode of GraphQL over SSE: `next` for each change, `complete` at the end,
 * comments to stay alive. When the socket does not take more, changes are not queued: of each kind one is told when it
 * does again, because all that it says is "read the dialog anew".
 */
export class SseReader implements LiveReader {
  readonly dialog: string;
  readonly identity: Identity;
  readonly #response: ServerResponse;
  readonly #frames: DialogEventsOperation['frames'];
  readonly #waiting = new Set<LiveChange>();
  #isFull = false;

  constructor(response: ServerResponse, operation: DialogEventsOperation, identity: Identity) {
    this.dialog = operation.dialog;
    this.identity = identity;
    this.#response = response;
    this.#frames = operation.frames;
    response.on('drain', () => this.#drain());
    response.writeHead(200, HEADERS);
    this.#write(':\n\n');
  }

  tell(change: LiveChange): void {
    if (this.#isFull) this.#waiting.add(change);
    else this.#write(`event: next\ndata: ${this.#frames[change]}\n\n`);
  }

  keepAlive(): void {
    if (!this.#isFull) this.#write(':\n\n');
  }

  end(): void {
    this.#response.end('event: complete\ndata:\n\n');
  }

  #write(text: string): void {
    if (!this.#response.writableEnded) this.#isFull = !this.#response.write(text);
  }

  #drain(): void {
    this.#isFull = false;
    for (const change of [...this.#waiting]) {
      if (this.#isFull) return;
      this.#waiting.delete(change);
      this.tell(change);
    }
  }
}
