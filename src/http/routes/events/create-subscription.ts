import type { FastifyInstance } from 'fastify';
import { Failure } from '../../../lib/errors.ts';
import type { SubscriptionRequest } from '../../../subscriptions/request.ts';
import { consumerOfRequest } from './consumer.ts';
import { SUBSCRIPTIONS_PATH, type SubscriptionRoutesOptions } from './options.ts';
import { viewSubscription } from './subscription-view.ts';

const FIELDS = [
  'endPoint',
  'resourceFilter',
  'subjectFilter',
  'sourceFilter',
  'alternativeSubjectFilter',
  'typeFilter',
  'includeSubunits',
] as const;

/** POST /events/api/v1/subscriptions: 201 and the subscription, also when it was there already. */
export function createSubscription(app: FastifyInstance, options: SubscriptionRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'Subscribe to events' };
  app.post('/', { schema }, async (request, reply) => {
    const caller = await consumerOfRequest(options.authenticate, request.headers);
    const { subscription, secret } = await options.subscriptions.create(caller, readBody(request.body));
    return reply
      .status(201)
      .header('location', `${SUBSCRIPTIONS_PATH}/${subscription.id}`)
      .send(viewSubscription(subscription, secret));
  });
}

/** Names are taken in any case; what is not known is ignored, as today's clients expect. */
function readBody(body: unknown): SubscriptionRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Failure('request-invalid', { fields: { $: ['must be a JSON object'] } });
  }
  const given = new Map(Object.entries(body).map(([name, value]) => [name.toLowerCase(), value as unknown]));
  return Object.fromEntries(FIELDS.map((field) => [field, given.get(field.toLowerCase())]));
}
