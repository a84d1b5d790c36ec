import type { FastifyInstance } from 'fastify';
import { consumerOfRequest } from './consumer.ts';
import type { SubscriptionRoutesOptions } from './options.ts';
import { subscriptionId } from './subscription-id.ts';

const params = { type: 'object', properties: { id: { type: 'string' } } } as const;

/** DELETE /events/api/v1/subscriptions/{id}/replay: when it is answered, nothing of the replay begins any more. */
export function cancelReplay(app: FastifyInstance, options: SubscriptionRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'Cancel a replay', params };
  app.delete<{ Params: { id: string } }>('/:id/replay', { schema }, async (request, reply) => {
    const caller = await consumerOfRequest(options.authenticate, request.headers);
    await options.replays.cancel(caller, subscriptionId(request.params.id));
    return reply.status(204).send();
  });
}
