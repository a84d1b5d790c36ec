import type { FastifyInstance } from 'fastify';

export interface WellKnownOptions {
  readonly baseUrl: string;
  /** Public keys of dialog tokens, and of the `v1a` signatures of deliveries: former ones, the current one, the next. */
  readonly dialogTokenKeys: () => readonly object[];
  readonly webhookKeys: () => readonly object[];
}

const PATH = '/dialogporten/api/v1/.well-known';
const WEBHOOK_PATH = '/events/api/v1/.well-known';
/** Verifiers may keep the keys for a day; a new one is published two days before it signs. */
const CACHE = 'public, max-age=86400';

/**
 * What whoever verifies a dialog token needs: keys (RFC 7517) and where they are (RFC 8414); and the keys for whoever
 * verifies a delivery.
 */
export function wellKnown(app: FastifyInstance, options: WellKnownOptions): void {
  const schema = { tags: ['metadata'] };
  app.get(`${PATH}/jwks.json`, { schema }, async (_, reply) =>
    reply.header('cache-control', CACHE).send({ keys: options.dialogTokenKeys() }),
  );
  app.get(`${WEBHOOK_PATH}/jwks.json`, { schema: { tags: ['events'] } }, async (_, reply) =>
    reply.header('cache-control', CACHE).send({ keys: options.webhookKeys() }),
  );
  app.get(`${PATH}/oauth-authorization-server`, { schema }, async (_, reply) =>
    reply.header('cache-control', CACHE).send({
      issuer: `${options.baseUrl}/dialogporten/api/v1`,
      jwks_uri: `${options.baseUrl}${PATH}/jwks.json`,
    }),
  );
}
