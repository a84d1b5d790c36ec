import type { FastifyInstance } from 'fastify';
import { Failure } from '../../../lib/errors.ts';
import { exhaustions, formats, orders, SCHEDULE_LIMITS, signings } from '../../../subscriptions/manner.ts';
import type { SubscriptionRequest } from '../../../subscriptions/request.ts';
import { consumerOfRequest } from './consumer.ts';
import { SUBSCRIPTIONS_PATH, type SubscriptionRoutesOptions } from './options.ts';
import { viewSubscription } from './subscription-view.ts';

const text = { type: 'string' } as const;
/** For the description only: the contract's own checks and words are in the room of subscriptions. */
const body = {
  type: 'object',
  properties: {
    endPoint: { ...text, description: 'Where events are sent: https, and not in a private network.' },
    resourceFilter: { ...text, description: 'URN of the service resource.' },
    subjectFilter: text,
    sourceFilter: { ...text, description: 'For apps only: {environment}/{org}/{app}.' },
    alternativeSubjectFilter: text,
    typeFilter: { ...text, description: 'Exact type, or the beginning of one with * after it.' },
    includeSubunits: { type: 'boolean' },
    format: {
      ...text,
      enum: formats,
      default: 'structured',
      description: 'How events are put into requests; docs/webhooks.md describes each.',
    },
    signing: {
      ...text,
      enum: signings,
      default: 'v1',
      description: 'v1a adds a signature that the keys of /.well-known/jwks.json verify.',
    },
    order: {
      ...text,
      enum: orders,
      default: 'dialog',
      description: 'none: each event stands alone. Decided when the subscription is made.',
    },
    onExhausted: {
      ...text,
      enum: exhaustions,
      default: 'continue',
      description: 'hold: a dialog whose event is out of attempts waits until the dead letter is settled.',
    },
    retrySchedule: {
      type: 'array',
      maxItems: SCHEDULE_LIMITS.delays,
      items: { type: 'integer', minimum: 1, maximum: SCHEDULE_LIMITS.seconds },
      description: 'Seconds before each further attempt, instead of the documented schedule.',
    },
  },
} as const;

/** POST /events/api/v1/subscriptions: 201 and the subscription, also when it was there already. */
export function createSubscription(app: FastifyInstance, options: SubscriptionRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'Subscribe to events', body };
  app.post('/', { schema, attachValidation: true }, async (request, reply) => {
    const caller = await consumerOfRequest(options.authenticate, request.headers);
    const { subscription, secret } = await options.subscriptions.create(caller, readBody(request.body));
    return reply
      .status(201)
      .header('location', `${SUBSCRIPTIONS_PATH}/${subscription.id}`)
      .send(viewSubscription(subscription, { secret }));
  });
}

/** What is not known has been dropped, as today's clients expect. */
function readBody(given: unknown): SubscriptionRequest {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given;
  throw new Failure('request-invalid', { fields: { $: ['must be a JSON object'] } });
}
