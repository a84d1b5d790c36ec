import type { FastifyInstance } from 'fastify';
import { consumerOfRequest } from './consumer.ts';
import type { SubscriptionRoutesOptions } from './options.ts';
import { subscriptionId } from './subscription-id.ts';
import { viewSubscription } from './subscription-view.ts';

const params = { type: 'object', properties: { id: { type: 'string' } } } as const;
/** For the description only: the room of subscriptions checks it. */
const body = {
  type: 'object',
  properties: {
    from: {
      type: 'string',
      default: 'cursor',
      description: 'cursor: where it stood; now; 0: as far back as the log goes; or a cursor of the feed.',
    },
  },
} as const;

/** POST /events/api/v1/subscriptions/{id}/resume: one that was paused or disabled goes on, from where it stood unless told. */
export function resumeSubscription(app: FastifyInstance, options: SubscriptionRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'Let a subscription go on', params, body };
  app.post<{ Params: { id: string }; Body?: { from?: unknown } }>(
    '/:id/resume',
    { schema, attachValidation: true },
    async (request) => {
      const caller = await consumerOfRequest(options.authenticate, request.headers);
      const id = subscriptionId(request.params.id);
      return viewSubscription(await options.flow.resume(caller, id, request.body?.from));
    },
  );
}
