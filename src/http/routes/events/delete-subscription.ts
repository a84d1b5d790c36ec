import type { FastifyInstance } from 'fastify';
import { consumerOfRequest } from './consumer.ts';
import type { SubscriptionRoutesOptions } from './options.ts';
import { subscriptionId } from './subscription-id.ts';

/** DELETE /events/api/v1/subscriptions/{id}: when it is answered, no attempt begins any more. */
export function deleteSubscription(app: FastifyInstance, options: SubscriptionRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'End a subscription' };
  app.delete<{ Params: { id: string } }>('/:id', { schema }, async (request, reply) => {
    const caller = await consumerOfRequest(options.authenticate, request.headers);
    await options.subscriptions.remove(caller, subscriptionId(request.params.id));
    return reply.status(200).send();
  });
}
