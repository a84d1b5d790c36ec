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

const COMPLETE = 'event: complete\ndata:\n\n';
/** Signs of life that a client may miss, because it reads nothing, until its connection is cut. */
const MISSED_MOST = 8;

const next = (frame: string): string => `event: next\ndata: ${frame}\n\n`;

/** A stream of one message, in GraphQL over SSE: a result, or the faults of the request. */
export function streamOnce(frame: string): { headers: typeof HEADERS; body: string } {
  return { headers: HEADERS, body: next(frame) + COMPLETE };
}

/**
 * One stream in the *distinct connections* mode of GraphQL over SSE: `next` for each change, `complete` at the end,
 * comments to stay alive. When the socket does not take more, changes are not queued: the latest is told when it does
 * again, because all that any of them says is "read the dialog anew". A client that never reads again is cut off.
 */
export class SseReader implements LiveReader {
  readonly dialog: string;
  readonly identity: Identity;
  readonly #response: ServerResponse;
  readonly #frames: DialogEventsOperation['frames'];
  #waiting: LiveChange | undefined;
  #isFull = false;
  #missed = 0;

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
    if (this.#isFull) this.#waiting = change;
    else this.#write(next(this.#frames[change]));
  }

  keepAlive(): void {
    if (!this.#isFull) this.#write(':\n\n');
    else if (++this.#missed > MISSED_MOST) this.#response.destroy();
  }

  end(): void {
    if (!this.#response.writableEnded) this.#response.end(COMPLETE);
  }

  #write(text: string): void {
    if (!this.#response.writableEnded) this.#isFull = !this.#response.write(text);
  }

  #drain(): void {
    this.#isFull = false;
    this.#missed = 0;
    const change = this.#waiting;
    this.#waiting = undefined;
    if (change) this.tell(change);
  }
}
