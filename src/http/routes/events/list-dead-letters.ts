import type { FastifyInstance } from 'fastify';
import { LETTERS } from '../../../subscriptions/dead-letters.ts';
import { consumerOfRequest } from './consumer.ts';
import type { SubscriptionRoutesOptions } from './options.ts';
import { subscriptionId } from './subscription-id.ts';

const params = { type: 'object', properties: { id: { type: 'string' } } } as const;
/** For the description only: the room of subscriptions checks it. */
const querystring = {
  type: 'object',
  properties: {
    after: { type: 'string', description: '`next` of the page before.' },
    size: { type: 'string', description: `1 to ${LETTERS.page.most}, ${LETTERS.page.default} by default.` },
  },
} as const;

/** GET /events/api/v1/subscriptions/{id}/dead-letters: what is out of attempts, in the order of the log. */
export function listDeadLetters(app: FastifyInstance, options: SubscriptionRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'List events that are out of attempts', params, querystring };
  app.get<{ Params: { id: string }; Querystring: { after?: unknown; size?: unknown } }>(
    '/:id/dead-letters',
    { schema, attachValidation: true },
    async (request) => {
      const caller = await consumerOfRequest(options.authenticate, request.headers);
      return options.deadLetters.list(caller, subscriptionId(request.params.id), request.query);
    },
  );
}
