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

/** Requests remembered. */
const MOST = 1000;

/** `/dev/receiver`: takes any webhook, under any path below it, and shows the last thousand as JSON. */
export function devReceiver(app: FastifyInstance): void {
  const received: Received[] = [];
  const take = { schema: { hide: true } };
  for (const path of ['/dev/receiver', '/dev/receiver/*']) {
    app.post(path, take, async (request, reply) => {
      received.push({ at: wallClock(), path: request.url, headers: request.headers, body: request.body });
      if (received.length > MOST) received.shift();
      return reply.status(200).send();
    });
    app.get(path, take, async (request) =>
      received.filter((one) => path === '/dev/receiver' || one.path === request.url),
    );
  }
  app.delete('/dev/receiver', take, async (_, reply) => {
    received.length = 0;
    return reply.status(204).send();
  });
}
