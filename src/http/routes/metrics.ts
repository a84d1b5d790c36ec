import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Failure } from '../../lib/errors.ts';

export interface MetricsRouteOptions {
  /** What whoever scrapes must send as a bearer token; undefined lets everybody in. */
  readonly token: string | undefined;
  readonly text: () => Promise<{ contentType: string; body: string }>;
}

/** GET /metrics, for Prometheus. */
export function metrics(app: FastifyInstance, { token, text }: MetricsRouteOptions): void {
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    if (token !== undefined && !isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
      throw new Failure('token-refused', {
        detail: 'Send BUDSTIKKA_METRICS_TOKEN as Authorization: Bearer.',
      });
    }
    const { contentType, body } = await text();
    return reply.header('content-type', contentType).send(body);
  });
}

/** Takes as long whatever the difference is. */
function isSame(one: string, other: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(one), digest(other));
}
