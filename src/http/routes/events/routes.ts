import type { FastifyPluginAsync } from 'fastify';
import { showProblems } from '../../app.ts';
import { bareString, eventsProblem, type ProblemRenderer } from '../../problem.ts';
import { cancelReplay } from './cancel-replay.ts';
import { createSubscription } from './create-subscription.ts';
import { deleteSubscription } from './delete-subscription.ts';
import { discardDeadLetters } from './discard-dead-letters.ts';
import { getEvents } from './get-events.ts';
import { getSubscription } from './get-subscription.ts';
import { listDeadLetters } from './list-dead-letters.ts';
import { listDeliveries } from './list-deliveries.ts';
import { listSubscriptions } from './list-subscriptions.ts';
import type { EventsRoutesOptions } from './options.ts';
import { pauseSubscription } from './pause-subscription.ts';
import { publishAppEvent } from './publish-app-event.ts';
import { publishEvent } from './publish-event.ts';
import { resumeSubscription } from './resume-subscription.ts';
import { retryDeadLetters } from './retry-dead-letters.ts';
import { rotateSecret } from './rotate-secret.ts';
import { startReplay } from './start-replay.ts';

/**
 * What the contract has words for is a bare string; the rest, such as a body that is no JSON or a missing token, is told
 * in problem details.
 */
const subscriptionProblem: ProblemRenderer = (failure, context) =>
  (failure.options.detail === undefined ? eventsProblem : bareString)(failure, context);

/** Altinn Events. */
export function eventsRoutes(options: EventsRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    showProblems(app, options.log, eventsProblem);
    getEvents(app, options);
    publishEvent(app, options);
    publishAppEvent(app, options);
    app.register(
      async (subscriptions) => {
        showProblems(subscriptions, options.log, subscriptionProblem);
        createSubscription(subscriptions, options);
        getSubscription(subscriptions, options);
        listSubscriptions(subscriptions, options);
        deleteSubscription(subscriptions, options);
        rotateSecret(subscriptions, options);
        pauseSubscription(subscriptions, options);
        resumeSubscription(subscriptions, options);
        listDeadLetters(subscriptions, options);
        retryDeadLetters(subscriptions, options);
        discardDeadLetters(subscriptions, options);
        startReplay(subscriptions, options);
        cancelReplay(subscriptions, options);
        listDeliveries(subscriptions, options);
      },
      { prefix: '/subscriptions' },
    );
  };
}
