import type { FastifyInstance } from 'fastify';
import { createMask } from '../access/masking.ts';
import type { Config } from '../config.ts';
import type { DialogsOptions } from '../dialogs/options.ts';
import { createApp } from '../http/app.ts';
import { ADMIN, type AdminRoutesOptions } from '../http/routes/admin/options.ts';
import { adminRoutes } from '../http/routes/admin/routes.ts';
import { devReceiver } from '../http/routes/dev/receiver.ts';
import { devToken } from '../http/routes/dev/token.ts';
import { EVENTS } from '../http/routes/events/options.ts';
import { eventsRoutes } from '../http/routes/events/routes.ts';
import { health } from '../http/routes/health.ts';
import { metrics as metricsRoute } from '../http/routes/metrics.ts';
import { wellKnown } from '../http/routes/well-known.ts';
import type { Disposals } from '../lib/disposals.ts';
import type { Log } from '../lib/log.ts';
import { monotonic } from '../lib/time.ts';
import { Feed } from '../reading/feed.ts';
import { Freshness } from '../reading/freshness.ts';
import type { Callers } from './callers.ts';
import { cutConnections } from './closing.ts';
import { addGraphql } from './graphql.ts';
import type { Dispatch } from './dispatch.ts';
import type { Ground } from './ground.ts';
import { logWarnings } from './housekeeping.ts';
import type { Metrics } from './metrics.ts';
import { openPublishing } from './publishing.ts';

export interface WebOptions extends Dispatch {
  readonly config: Config;
  readonly ground: Ground;
  readonly callers: Callers;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly disposals: Disposals;
}

/** Share of the time for stopping that requests may take; deliveries come after them, and then the ground. */
const SHUTDOWN_SHARE = 0.4;

/** With the role `api` the REST edge, with `live` GraphQL, and always what is asked about the process. Not listening yet. */
export async function openWeb(options: WebOptions): Promise<FastifyInstance> {
  const { config, ground, callers, metrics, log } = options;
  const { database } = ground;
  const { baseUrl } = config.http;
  const servesApi = config.platform.roles.includes('api');
  const dialogs = dialogsOptions(options);
  const app = createApp({
    ...{ dialogs, authenticate: callers.authenticate, log },
    ...{ bodyLimit: config.http.maxBodyBytes, serverTiming: config.mode === 'dev' },
    servesDialogs: servesApi,
    answered: (request) => metrics.answered(request),
  });
  if (servesApi) addApi(app, options);
  app.register(async (root) => {
    health(root, { database, warnings: () => logWarnings(database) });
    wellKnown(root, {
      baseUrl,
      dialogTokenKeys: () => ground.keys.published('dialog-token'),
      webhookKeys: () => ground.keys.published('webhook'),
    });
    const { metricsToken: token } = config.platform;
    if (token !== undefined || config.mode === 'dev')
      metricsRoute(root, { token, text: () => metrics.text() });
    if (!callers.developmentIssuer) return;
    devToken(root, callers.developmentIssuer);
    devReceiver(root);
  });
  if (config.platform.roles.includes('live')) await addGraphql(app, { ...options, dialogs });
  cutConnections(app, config.platform.shutdownMs * SHUTDOWN_SHARE);
  return app;
}

/** What the role `api` answers, besides dialogs: events, and changes of who may do what. */
function addApi(app: FastifyInstance, options: WebOptions): void {
  const { config, ground, callers, subscriptions, flow, deadLetters, replays, deliveryLog, log } = options;
  const { database, access } = ground;
  const { baseUrl } = config.http;
  const feed = new Feed({
    ...{ database, decisions: callers.decisions, epochs: ground.epochs },
    freshness: new Freshness(database, { access, now: monotonic }),
  });
  const publishing = openPublishing(config, ground, callers);
  const { authenticate } = callers;
  const delivery = { subscriptions, flow, deadLetters, replays, deliveryLog };
  const events = { feed, ...delivery, baseUrl, log, authenticate, ...publishing };
  app.register(eventsRoutes(events), { prefix: EVENTS });
  // What Altinn knows is changed at Altinn.
  if (config.access.source === 'local') app.register(adminRoutes(adminOptions(options)), { prefix: ADMIN });
}

function adminOptions({ ground: { database, access, bus }, callers, log }: WebOptions): AdminRoutesOptions {
  return {
    ...{ database, log, authenticate: callers.authenticate },
    changed: (version) => {
      bus.grown();
      // What cannot be read now is read when the next decision is older than a quarter of a second.
      return access.refresh(version).catch(() => undefined);
    },
  };
}

/** What the room of dialogs gets, in every role. */
export function dialogsOptions({
  config,
  ground,
  callers,
  log,
}: Pick<WebOptions, 'config' | 'ground' | 'callers' | 'log'>): DialogsOptions {
  const { database, bus, keys } = ground;
  const { registry, register, catalogue, freshDecisions: decide } = callers;
  return {
    ...{ database, log, registry, register, catalogue, decide },
    ...{ baseUrl: config.http.baseUrl, retentionDays: config.events.retentionDays },
    committed: () => bus.grown(),
    maskActor: createMask(keys),
    issueDialogToken: (request) =>
      callers.dialogTokens.issue({ ...request, actions: request.actions.map(splitAction) }),
  };
}

/** `action` or `action,attribute`. */
function splitAction(text: string): { action: string; attribute?: string } {
  const comma = text.indexOf(',');
  return comma < 0 ? { action: text } : { action: text.slice(0, comma), attribute: text.slice(comma + 1) };
}
