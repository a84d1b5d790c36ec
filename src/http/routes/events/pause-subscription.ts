import type { FastifyInstance } from 'fastify';
import { consumerOfRequest } from './consumer.ts';
import type { SubscriptionRoutesOptions } from './options.ts';
import { subscriptionId } from './subscription-id.ts';
import { viewSubscription } from './subscription-view.ts';

const params = { type: 'object', properties: { id: { type: 'string' } } } as const;

/** POST /events/api/v1/subscriptions/{id}/pause: when it is answered, no attempt begins any more. */
export function pauseSubscription(app: FastifyInstance, options: SubscriptionRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'Pause a subscription; it keeps its place', params };
  app.post<{ Params: { id: string } }>('/:id/pause', { schema }, async (request) => {
    const caller = await consumerOfRequest(options.authenticate, request.headers);
    return viewSubscription(await options.flow.pause(caller, subscriptionId(request.params.id)));
  });
}
