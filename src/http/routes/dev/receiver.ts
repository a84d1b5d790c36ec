import type { FastifyInstance } from 'fastify';
import { wallClock } from '../../../lib/time.ts';

/** A request that the receiver has got. */
interface Received {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Requests remembered, and bytes of all their bodies. */
const MOST = 1000;
const BYTES_MOST = 64 << 20;

/** `/dev/receiver`: takes any webhook, under any path below it, and shows the last thousand as JSON. */
export function devReceiver(app: FastifyInstance): void {
  app.register(async (scope) => {
    const memory = new Memory();
    const options = { schema: { hide: true } };
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, async (_: unknown, body: string) => readAny(body));
    for (const path of ['/dev/receiver', '/dev/receiver/*']) {
      scope.post(path, options, async ({ url, headers, body }, reply) => {
        memory.take({ at: wallClock(), path: url, headers, body });
        return reply.status(200).send();
      });
      scope.get(path, options, async (request) =>
        memory.received.filter((one) => path === '/dev/receiver' || one.path === request.url),
      );
    }
    scope.delete('/dev/receiver', options, async (_, reply) => {
      memory.forget();
      return reply.status(204).send();
    });
  });
}

/** JSON as a value, whatever the media type calls it; anything else as the text that it is. */
function readAny(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** The newest requests, as many as fit. */
class Memory {
  readonly received: Received[] = [];
  readonly #sizes: number[] = [];
  #total = 0;

  take(received: Received): void {
    const size = JSON.stringify(received.body ?? null).length;
    this.received.push(received);
    this.#sizes.push(size);
    this.#total += size;
    while (this.received.length > MOST || (this.#total > BYTES_MOST && this.received.length > 1)) {
      this.received.shift();
      this.#total -= this.#sizes.shift() ?? 0;
    }
  }

  forget(): void {
    this.received.length = 0;
    this.#sizes.length = 0;
    this.#total = 0;
  }
}
