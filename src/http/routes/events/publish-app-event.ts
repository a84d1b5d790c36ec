import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { PlatformApp } from '../../../access/tokens/platform-tokens.ts';
import { Failure } from '../../../lib/errors.ts';
import { fromEpoch, wallClock } from '../../../lib/time.ts';
import { composeAppEvent } from '../../../publishing/app-event.ts';
import { publishUnasked } from '../../../publishing/publish.ts';
import { EVENT_BYTES } from '../../../publishing/read-event.ts';
import { showProblems } from '../../app.ts';
import { sendId } from '../../headers.ts';
import { bareString, eventsProblem, type ProblemRenderer } from '../../problem.ts';
import { acceptUtf8, type Utf8Body } from './event-body.ts';
import type { PublishRoutesOptions } from './options.ts';
import { tellPublished } from './publish-event.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The app that calls; set where a platform access token is required. */
    platformApp: PlatformApp;
  }
}

const schema = { tags: ['events'], summary: 'Publish an event of an app' };

/** The contract says who is not let in as a bare string, and everything else as a problem. */
const appProblem: ProblemRenderer = (failure, context) =>
  failure.code === 'token-refused' ? bareString(failure, context) : eventsProblem(failure, context);

/** POST /events/api/v1/app: 201 and the new event's id (Altinn Events, "publish an app event"). */
export function publishAppEvent(app: FastifyInstance, options: PublishRoutesOptions): void {
  app.register(routes(options), { prefix: '/app' });
}

function routes(options: PublishRoutesOptions): FastifyPluginAsync {
  return async (scope) => {
    showProblems(scope, options.log, appProblem);
    acceptUtf8(scope, { 'application/json': EVENT_BYTES, 'application/cloudevents+json': EVENT_BYTES });
    scope.decorateRequest('platformApp');
    scope.addHook('onRequest', async (request) => {
      const { identity } = await options.authenticate(request.headers);
      const caller = await options.appOf(request.headers);
      if (!caller) throw new Failure('identity-missing', { detail: 'A PlatformAccessToken is needed.' });
      request.identity = identity;
      request.platformApp = caller;
    });
    scope.post<{ Body: Utf8Body | undefined }>('/', { schema }, async (request, reply) => {
      if (request.body === undefined) throw new Failure('media-type');
      const event = composeAppEvent(request.body.text, {
        app: request.platformApp,
        id: randomUUID(),
        time: fromEpoch(wallClock()),
      });
      options.countPublished(request.identity, 1);
      const published = await publishUnasked(options.publishing, event, request.trace.parent);
      tellPublished(reply, published, options.serverTiming);
      return sendId(reply.header('Location', encodeURI(event.subject ?? '')), event.id);
    });
  };
}
