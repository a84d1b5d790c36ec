import type { FastifyInstance, FastifyReply } from 'fastify';
import { hasScope } from '../../../access/caller.ts';
import { Failure } from '../../../lib/errors.ts';
import { type Published, publishEvents } from '../../../publishing/publish.ts';
import { EVENT_BYTES, readBatch, readEvent } from '../../../publishing/read-event.ts';
import { acceptUtf8, type Utf8Body } from './event-body.ts';
import type { PublishRoutesOptions } from './options.ts';
import { PUBLISH_ADMIN_SCOPE, PUBLISH_SCOPE } from './scopes.ts';

const SINGLE = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const BATCH_BYTES = 2 * 1024 * 1024;

const schema = {
  tags: ['events'],
  summary: 'Publish a CloudEvent, or a batch of them',
  description:
    'One event in structured JSON (application/cloudevents+json, 256 kB), or an array of up to 100 (application/cloudevents-batch+json, 2 MB) of which all are published or none. An event that was published before is accepted again and nothing happens.',
};

/** POST /events/api/v1/events: 200 without a body (Altinn Events, "publish a generic event"). */
export function publishEvent(app: FastifyInstance, options: PublishRoutesOptions): void {
  app.register(async (scope) => {
    acceptUtf8(scope, { [SINGLE]: EVENT_BYTES, [BATCH]: BATCH_BYTES });
    scope.addHook('onRequest', async (request) => {
      const { identity } = await options.authenticate(request.headers);
      const mayPublish = hasScope(identity, PUBLISH_SCOPE) || (await options.appOf(request.headers));
      if (!mayPublish)
        throw new Failure('scope-missing', { detail: `The scope ${PUBLISH_SCOPE} is needed.` });
      request.identity = identity;
    });
    scope.post<{ Body: Utf8Body | undefined }>('/events', { schema }, async (request, reply) => {
      const { identity, trace, body } = request;
      if (body === undefined) throw new Failure('media-type');
      const events = body.mediaType === BATCH ? readBatch(body.text) : [readEvent(body.text)];
      options.countPublished(identity, events.length);
      const admin = hasScope(identity, PUBLISH_ADMIN_SCOPE);
      const command = { identity, admin, events, trace: trace.parent };
      const published = await publishEvents(options.publishing, command);
      tellPublished(reply, published, options.serverTiming);
      return reply.status(200).send();
    });
  });
}

/** In development, when the event was committed. */
export function tellPublished(reply: FastifyReply, { committedAt }: Published, serverTiming: boolean): void {
  if (!serverTiming || committedAt === undefined) return;
  reply.header('Server-Timing', `commit;desc="${committedAt.toFixed(3)}"`);
}
