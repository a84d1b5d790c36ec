import type { FastifyInstance } from 'fastify';
import { consumerOfRequest } from './consumer.ts';
import type { SubscriptionRoutesOptions } from './options.ts';
import { viewSubscription } from './subscription-view.ts';

/** GET /events/api/v1/subscriptions: all of the caller's, validated or not. */
export function listSubscriptions(app: FastifyInstance, options: SubscriptionRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'List your subscriptions' };
  app.get('/', { schema }, async (request) => {
    const caller = await consumerOfRequest(options.authenticate, request.headers);
    const subscriptions = await options.subscriptions.list(caller);
    return { count: subscriptions.length, subscriptions: subscriptions.map((one) => viewSubscription(one)) };
  });
}
