import type { FastifyInstance } from 'fastify';
import { type DeliveryLogRequest, LOG_SIZE, loggedStates } from '../../../subscriptions/delivery-log.ts';
import { consumerOfRequest } from './consumer.ts';
import type { SubscriptionRoutesOptions } from './options.ts';
import { subscriptionId } from './subscription-id.ts';

const text = { type: 'string' } as const;
const params = { type: 'object', properties: { id: text } } as const;
/** For the description only: the room of subscriptions checks it. */
const querystring = {
  type: 'object',
  properties: {
    state: { ...text, enum: loggedStates },
    from: { ...text, format: 'date-time' },
    to: { ...text, format: 'date-time' },
    after: { ...text, description: '`next` of the page before.' },
    size: { ...text, description: `1 to ${LOG_SIZE.most}, ${LOG_SIZE.default} by default.` },
  },
} as const;

/** GET /events/api/v1/subscriptions/{id}/deliveries: what became of its deliveries, the newest first. */
export function listDeliveries(app: FastifyInstance, options: SubscriptionRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'Read the delivery log', params, querystring };
  app.get<{ Params: { id: string }; Querystring: DeliveryLogRequest }>(
    '/:id/deliveries',
    { schema, attachValidation: true },
    async (request) => {
      const caller = await consumerOfRequest(options.authenticate, request.headers);
      return options.deliveryLog.list(caller, subscriptionId(request.params.id), request.query);
    },
  );
}
