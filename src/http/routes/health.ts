import type { FastifyInstance } from 'fastify';
import type { Queries } from '../../db/database.ts';
import { ping } from '../../db/ping.ts';

export interface HealthOptions {
  readonly database: Queries;
  /** What somebody should see to although requests can be served. */
  readonly warnings: () => Promise<readonly string[]>;
}

/**
 * `/health/liveness`: the process answers. `/health/readiness`: it can reach its database; warnings leave it ready,
 * because taking it away would help nobody.
 */
export function health(app: FastifyInstance, { database, warnings }: HealthOptions): void {
  const schema = { hide: true };
  app.get('/health/liveness', { schema }, async () => ({ status: 'ok' }));
  app.get('/health/readiness', { schema }, async (_, reply) => {
    if (!(await ping(database))) return reply.code(503).send({ status: 'the database cannot be reached' });
    const found = await warnings();
    return found.length === 0 ? { status: 'ok' } : { status: 'ok', warnings: found };
  });
}
