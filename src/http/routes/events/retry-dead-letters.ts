import type { FastifyInstance } from 'fastify';
import { consumerOfRequest } from './consumer.ts';
import { chosenLetters } from './letter-body.ts';
import { membersOf } from './members.ts';
import type { SubscriptionRoutesOptions } from './options.ts';
import { subscriptionId } from './subscription-id.ts';

const params = { type: 'object', properties: { id: { type: 'string' } } } as const;

/** POST /events/api/v1/subscriptions/{id}/dead-letters/retry: each is sent again once, beside the order of its dialog. 202. */
export function retryDeadLetters(app: FastifyInstance, options: SubscriptionRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'Send dead letters again', params, body: chosenLetters };
  app.post<{ Params: { id: string }; Body?: unknown }>(
    '/:id/dead-letters/retry',
    { schema, attachValidation: true },
    async (request, reply) => {
      const caller = await consumerOfRequest(options.authenticate, request.headers);
      const id = subscriptionId(request.params.id);
      const { deliveries } = membersOf(request.body, ['deliveries']);
      const retried = await options.deadLetters.retry(caller, id, deliveries);
      return reply.status(202).send({ retried });
    },
  );
}
