import type { FastifyInstance } from 'fastify';
import type { ReplayRequest } from '../../../subscriptions/replays.ts';
import { consumerOfRequest } from './consumer.ts';
import { membersOf } from './members.ts';
import type { SubscriptionRoutesOptions } from './options.ts';
import { subscriptionId } from './subscription-id.ts';

const text = { type: 'string' } as const;
const params = { type: 'object', properties: { id: text } } as const;
const wanted = {
  type: 'object',
  properties: {
    from: { ...text, description: 'A cursor, after which it begins; 0: as far back as the log goes.' },
    to: { ...text, description: 'A cursor, with which it ends; the end of the log unless given.' },
    event: { ...text, description: 'Instead of both: the id of one event.' },
  },
} as const;

/**
 * For the description only: the room of subscriptions checks it. Standing in `allOf` it is not conformed to, so that
 * unknown members are found.
 */
const body = { allOf: [wanted] } as const;

/** POST /events/api/v1/subscriptions/{id}/replay: what the log holds is sent again, beside the order. 202. */
export function startReplay(app: FastifyInstance, options: SubscriptionRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'Have events of the log sent again', params, body };
  app.post<{ Params: { id: string }; Body?: unknown }>(
    '/:id/replay',
    { schema, attachValidation: true },
    async (request, reply) => {
      const caller = await consumerOfRequest(options.authenticate, request.headers);
      const id = subscriptionId(request.params.id);
      const wish: ReplayRequest = membersOf(request.body, ['from', 'to', 'event']);
      return reply.status(202).send(await options.replays.start(caller, id, wish));
    },
  );
}
