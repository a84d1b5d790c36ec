import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import type { DialogsOptions } from '../dialogs/options.ts';
import { BODY_MOST } from '../graphql/document.ts';
import { GraphqlServer } from '../graphql/server.ts';
import type { Disposals } from '../lib/disposals.ts';
import type { Log } from '../lib/log.ts';
import { monotonic } from '../lib/time.ts';
import { LiveHub } from '../live/hub.ts';
import { Freshness } from '../reading/freshness.ts';
import type { Callers } from './callers.ts';
import type { Ground } from './ground.ts';
import type { Metrics } from './metrics.ts';

export interface GraphqlEdgeOptions {
  readonly config: Config;
  readonly ground: Ground;
  readonly callers: Callers;
  readonly dialogs: DialogsOptions;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly disposals: Disposals;
}

const PATH = '/dialogporten/graphql';

/** GraphQL on the web server, with a hub that follows the log for its streams. */
export async function addGraphql(app: FastifyInstance, options: GraphqlEdgeOptions): Promise<void> {
  const { config, ground, callers, dialogs, log, disposals } = options;
  const { database, access, bus } = ground;
  const hub = disposals.use(
    await LiveHub.open({
      ...{ database, log, hints: bus, decisions: callers.decisions, pollMs: config.reading.pollMs },
      freshness: new Freshness(database, { access, now: monotonic }),
      readersMost: config.live.readersMost,
      readersOfCallerMost: config.limits.streams,
    }),
  );
  options.metrics.watch('live_streams', 'Live streams that are open.', () => hub.count);
  const graphql = disposals.use(
    new GraphqlServer({
      ...{ hub, dialogs, log, keepAliveMs: config.live.keepAliveMs, ...config.graphql },
      introspection: config.mode === 'dev',
      authenticate: callers.authenticate,
      verifyDialogToken: (token) => callers.verifyDialogToken(token),
    }),
  );
  // Streams end first: closing waits for every connection, and theirs would never end by itself.
  app.addHook('preClose', async () => graphql[Symbol.dispose]());
  graphqlRoute(app, graphql);
}

/** The one path of GraphQL. */
export function graphqlRoute(app: FastifyInstance, graphql: GraphqlServer): void {
  app.route({
    ...{ method: ['GET', 'POST'], url: PATH, schema: { hide: true } },
    // A HEAD that opened a stream would never end.
    ...{ exposeHeadRoute: false, bodyLimit: BODY_MOST },
    handler: async ({ method, url, headers, body, trace }, reply) => {
      const answer = await graphql.serve({ method, url, headers, body, trace }, reply.raw);
      return answer ? reply.code(answer.status).headers(answer.headers).send(answer.body) : reply.hijack();
    },
  });
}
