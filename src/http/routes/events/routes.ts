import type { FastifyPluginAsync } from 'fastify';
import type { Log } from '../../../lib/log.ts';
import type { Subscriptions } from '../../../subscriptions/subscriptions.ts';
import { showProblems } from '../../app.ts';
import type { Authenticate } from '../../authenticate.ts';
import { bareString, eventsProblem } from '../../problem.ts';
import { createSubscription } from './create-subscription.ts';
import { deleteSubscription } from './delete-subscription.ts';
import { type GetEventsOptions, getEvents } from './get-events.ts';
import { getSubscription } from './get-subscription.ts';
import { listSubscriptions } from './list-subscriptions.ts';

export interface SubscriptionRoutesOptions {
  readonly subscriptions: Subscriptions;
  readonly authenticate: Authenticate;
}

export type EventsRoutesOptions = GetEventsOptions & SubscriptionRoutesOptions & { readonly log: Log };

export const EVENTS = '/events/api/v1';
export const SUBSCRIPTIONS_PATH = `${EVENTS}/subscriptions`;

/** Altinn Events: the feed answers faults with problem details, subscriptions with a bare string. */
export function eventsRoutes(options: EventsRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    showProblems(app, options.log, eventsProblem);
    getEvents(app, options);
    app.register(
      async (subscriptions) => {
        showProblems(subscriptions, options.log, bareString);
        createSubscription(subscriptions, options);
        getSubscription(subscriptions, options);
        listSubscriptions(subscriptions, options);
        deleteSubscription(subscriptions, options);
      },
      { prefix: '/subscriptions' },
    );
  };
}
