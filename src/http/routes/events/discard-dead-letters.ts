import type { FastifyInstance } from 'fastify';
import { consumerOfRequest } from './consumer.ts';
import { chosenLetters } from './letter-body.ts';
import { membersOf } from './members.ts';
import type { SubscriptionRoutesOptions } from './options.ts';
import { subscriptionId } from './subscription-id.ts';

const params = { type: 'object', properties: { id: { type: 'string' } } } as const;

/** POST /events/api/v1/subscriptions/{id}/dead-letters/discard: settles them unsent. */
export function discardDeadLetters(app: FastifyInstance, options: SubscriptionRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'Give dead letters up', params, body: chosenLetters };
  app.post<{ Params: { id: string }; Body?: unknown }>(
    '/:id/dead-letters/discard',
    { schema, attachValidation: true },
    async (request) => {
      const caller = await consumerOfRequest(options.authenticate, request.headers);
      const id = subscriptionId(request.params.id);
      const { deliveries } = membersOf(request.body, ['deliveries']);
      const discarded = await options.deadLetters.discard(caller, id, deliveries);
      return { discarded };
    },
  );
}
