import type { FastifyInstance } from 'fastify';
import { consumerOfRequest } from './consumer.ts';
import type { SubscriptionRoutesOptions } from './options.ts';
import { subscriptionId } from './subscription-id.ts';
import { viewSubscription } from './subscription-view.ts';

/** GET /events/api/v1/subscriptions/{id}: for whoever made it, with where it stands. */
export function getSubscription(app: FastifyInstance, options: SubscriptionRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'Read a subscription' };
  app.get<{ Params: { id: string } }>('/:id', { schema }, async (request) => {
    const caller = await consumerOfRequest(options.authenticate, request.headers);
    const subscription = await options.subscriptions.get(caller, subscriptionId(request.params.id));
    const standing = await options.flow.standing(subscription);
    const replay = await options.replays.last(subscription);
    return viewSubscription(subscription, { delivery: { ...standing, ...(replay && { replay }) } });
  });
}
