import type { FastifyInstance } from 'fastify';
import type { Queries } from '../../db/database.ts';
import { ping } from '../../db/ping.ts';

/** `/health/liveness`: the process answers. `/health/readiness`: it can reach its database. */
export function health(app: FastifyInstance, options: { readonly database: Queries }): void {
  const schema = { hide: true };
  app.get('/health/liveness', { schema }, async () => ({ status: 'ok' }));
  app.get('/health/readiness', { schema }, async (_, reply) => {
    const isReady = await ping(options.database);
    return reply
      .code(isReady ? 200 : 503)
      .send({ status: isReady ? 'ok' : 'the database cannot be reached' });
  });
}
