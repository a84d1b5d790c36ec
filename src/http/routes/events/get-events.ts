import type { FastifyInstance } from 'fastify';
import { hasScope } from '../../../access/caller.ts';
import { Failure } from '../../../lib/errors.ts';
import { CursorExpired } from '../../../reading/epochs.ts';
import type { Feed } from '../../../reading/feed.ts';
import { linkFrom, readFeedRequest, readQuery } from './feed-query.ts';
import { EVENTS, type FeedRoutesOptions } from './options.ts';
import { SUBSCRIBE_SCOPE } from './scopes.ts';

const PATH = `${EVENTS}/events`;

/** GET /events/api/v1/events: the feed (Altinn Events, "poll generic events"). */
export function getEvents(app: FastifyInstance, options: FeedRoutesOptions): void {
  const schema = { tags: ['events'], summary: 'Poll the log', querystring };
  app.get('/events', { schema }, async (request, reply) => {
    const { identity } = await options.authenticate(request.headers);
    if (!hasScope(identity, SUBSCRIBE_SCOPE)) throw new Failure('scope-missing');
    const query = readQuery(request.raw.url ?? PATH);
    const header = request.headers['altinn-alternativesubject'];
    const asked = readFeedRequest(query, typeof header === 'string' ? header : undefined);
    const link = linkFrom(`${options.baseUrl}${PATH}`, query, asked);
    const page = await options.feed.page({ ...asked, identity }).catch(async (thrown: unknown) => {
      throw thrown instanceof CursorExpired ? await withWaysOut(thrown, link, options.feed) : thrown;
    });
    return reply
      .header('content-type', 'application/cloudevents+json; charset=utf-8')
      .header('next', link(page.next))
      .send(`[${page.events.join(',')}]`);
  });
}

const text = { type: 'string' } as const;
/** For the description only: the contract's own checks and words are in `readFeedRequest`. */
const querystring = {
  type: 'object',
  properties: {
    resource: text,
    after: { ...text, description: 'A cursor from `next`, the id of an event, or 0.' },
    subject: text,
    alternativeSubject: {
      ...text,
      description: 'The header Altinn-AlternativeSubject, as `next` carries it on.',
    },
    type: { type: 'array', items: text, description: 'Exact type, or a pattern with % and _.' },
    size: { type: 'string', description: '1 to 1000, 50 by default.' },
  },
} as const;

/** The answer to a cursor that leads nowhere names the ways out, ready made. */
async function withWaysOut(
  expired: CursorExpired,
  link: (after: string) => string,
  feed: Feed,
): Promise<Failure> {
  const links: Record<string, string> = { earliest: link('0'), now: link(await feed.now()) };
  if (expired.resume !== undefined) links['resume'] = link(expired.resume);
  return new Failure('cursor-expired', { members: { links } });
}
