import type { FastifyInstance } from 'fastify';
import { consumerOfRequest } from './consumer.ts';
import type { SubscriptionRoutesOptions } from './options.ts';
import { subscriptionId } from './subscription-id.ts';

const params = { type: 'object', properties: { id: { type: 'string' } } } as const;
/** For the description only: the room of subscriptions checks it. */
const body = {
  type: 'object',
  properties: {
    overlapSeconds: {
      type: 'integer',
      minimum: 0,
      description:
        'How long former secrets go on signing; BUDSTIKKA_SECRET_OVERLAP_S at most and by default.',
    },
  },
} as const;

/** POST /events/api/v1/subscriptions/{id}/rotate-secret: when it is answered, the new secret signs every attempt. */
export function rotateSecret(app: FastifyInstance, options: SubscriptionRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'Make a new webhook secret', params, body };
  app.post<{ Params: { id: string }; Body?: { overlapSeconds?: unknown } }>(
    '/:id/rotate-secret',
    { schema, attachValidation: true },
    async (request) => {
      const caller = await consumerOfRequest(options.authenticate, request.headers);
      const id = subscriptionId(request.params.id);
      const rotated = await options.subscriptions.rotateSecret(caller, id, request.body?.overlapSeconds);
      return { id, ...rotated };
    },
  );
}
