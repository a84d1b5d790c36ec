import type { FastifyPluginAsync } from 'fastify';
import { showProblems } from '../../app.ts';
import { bareString, eventsProblem } from '../../problem.ts';
import { createSubscription } from './create-subscription.ts';
import { deleteSubscription } from './delete-subscription.ts';
import { getEvents } from './get-events.ts';
import { getSubscription } from './get-subscription.ts';
import { listSubscriptions } from './list-subscriptions.ts';
import type { EventsRoutesOptions } from './options.ts';
import { publishAppEvent } from './publish-app-event.ts';
import { publishEvent } from './publish-event.ts';

/** Altinn Events: the feed answers faults with problem details, subscriptions with a bare string. */
export function eventsRoutes(options: EventsRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    showProblems(app, options.log, eventsProblem);
    getEvents(app, options);
    publishEvent(app, options);
    publishAppEvent(app, options);
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
