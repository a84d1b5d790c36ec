import type { FastifyInstance } from 'fastify';
import { hasScope } from '../../../access/caller.ts';
import { Failure } from '../../../lib/errors.ts';
import { CursorExpired } from '../../../reading/epochs.ts';
import type { Feed, FeedRequest } from '../../../reading/feed.ts';
import { EVENTS, type FeedRoutesOptions } from './options.ts';
import { SUBSCRIBE_SCOPE } from './scopes.ts';

const PATH = `${EVENTS}/events`;
const SIZE = { default: 50, most: 1000 };
const RESOURCE_PREFIX = 'urn:altinn:resource:';

/** GET /events/api/v1/events: the feed (Altinn Events, "poll generic events"). */
export function getEvents(app: FastifyInstance, options: FeedRoutesOptions): void {
  app.get(
    '/events',
    { schema: { tags: ['events'], summary: 'Poll the log', querystring } },
    async (request, reply) => {
      const { identity } = await options.authenticate(request.headers);
      if (!hasScope(identity, SUBSCRIBE_SCOPE)) throw new Failure('scope-missing');
      const query = readQuery(request.raw.url ?? PATH);
      const alternativeSubject = request.headers['altinn-alternativesubject'];
      const asked = {
        ...readRequest(query, typeof alternativeSubject === 'string' ? alternativeSubject : undefined),
        identity,
      };
      const page = await options.feed.page(asked).catch(async (thrown) => {
        if (!(thrown instanceof CursorExpired)) throw thrown;
        throw await withWaysOut(thrown, (after) => linkTo(options.baseUrl, query, after), options.feed);
      });
      return reply
        .header('content-type', 'application/cloudevents+json; charset=utf-8')
        .header('next', linkTo(options.baseUrl, query, page.next))
        .send(`[${page.events.join(',')}]`);
    },
  );
}

const text = { type: 'string' } as const;
/** For the description only: the contract's own checks and words are below. */
const querystring = {
  type: 'object',
  properties: {
    resource: text,
    after: { ...text, description: 'A cursor from `next`, the id of an event, or 0.' },
    subject: text,
    type: { type: 'array', items: text, description: 'Exact type, or a pattern with % and _.' },
    size: { type: 'string', description: '1 to 1000, 50 by default.' },
  },
} as const;

type Query = readonly (readonly [string, string])[];

function readQuery(url: string): Query {
  return [...new URLSearchParams(url.split('?')[1] ?? '')];
}

function readRequest(query: Query, alternativeSubject: string | undefined): Omit<FeedRequest, 'identity'> {
  const all = (name: string) => query.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
  const [resource] = all('resource');
  const [after] = all('after');
  const [subject] = all('subject');
  if (!resource) throw refusal('resource', 'The resource field is required.');
  if (!resource.startsWith(RESOURCE_PREFIX)) {
    throw refusal('resource', `The 'resource' parameter must begin with \`${RESOURCE_PREFIX}\``);
  }
  if (!after) throw refusal('after', "The 'after' parameter must be defined.");
  if (subject !== undefined && alternativeSubject !== undefined) {
    throw refusal('subject', "Only one of 'subject' or 'alternativeSubject' can be defined.");
  }
  const types = all('type');
  const size = Number(all('size')[0] ?? SIZE.default);
  return {
    after,
    size: Math.min(Number.isInteger(size) && size >= 1 ? size : SIZE.default, SIZE.most),
    filter: { resource, subject, alternativeSubject, types: types.length > 0 ? types : undefined },
  };
}

function refusal(field: string, detail: string): Failure {
  return new Failure('request-invalid', { detail, fields: { [field]: [detail] } });
}

function linkTo(baseUrl: string, query: Query, after: string): string {
  const parameters = new URLSearchParams({ after });
  for (const [key, value] of query) if (key.toLowerCase() !== 'after') parameters.append(key, value);
  return `${baseUrl}${PATH}?${parameters}`;
}

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
