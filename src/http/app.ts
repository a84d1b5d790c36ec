import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify';
import type { DialogsOptions } from '../dialogs/options.ts';
import { Failure } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { SpanResult } from '../lib/tracing.ts';
import type { Authenticate } from './authenticate.ts';
import { brokenRequests } from './broken-requests.ts';
import { conform, conformQuery } from './conform.ts';
import { toFailure } from './failures.ts';
import { closeGracefully } from './graceful-close.ts';
import { acceptJson } from './parsers.ts';
import { dialogportenProblem, headersOf, type ProblemRenderer, statusOf } from './problem.ts';
import { enduserRoutes } from './routes/enduser/routes.ts';
import { metadataRoutes } from './routes/metadata/routes.ts';
import { serviceownerRoutes } from './routes/serviceowner/routes.ts';
import { openTrace, type Trace } from './trace.ts';

export interface AppOptions {
  readonly dialogs: DialogsOptions;
  /** False: a process that answers no requests but those about itself. */
  readonly servesDialogs?: boolean;
  readonly authenticate: Authenticate;
  readonly log: Log;
  /** A request has been answered. */
  readonly answered?: (request: EndedRequest) => void;
  /** Largest body, in bytes. */
  readonly bodyLimit: number;
  /** Answers to commands say when they were committed. For development and measurements only. */
  readonly serverTiming: boolean;
}

export interface EndedRequest {
  readonly method: string;
  /** With its parameters unfilled; undefined when there is none for the path. */
  readonly route: string | undefined;
  readonly status: number;
  readonly milliseconds: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    trace: Trace;
  }
}

/** How long a request may take to arrive, in milliseconds. */
const REQUEST_TIMEOUT = 60_000;

/** Longest part of a path that is read as a parameter: a label of 255 letters, each of them escaped. */
const LONGEST_PARAMETER = 2000;

/** Where Dialogporten's routes stand; its clients have the rest of the path built in. */
const DIALOGPORTEN = '/dialogporten/api/v1';

const DESCRIPTION: NonNullable<FastifyDynamicSwaggerOptions['openapi']> = {
  openapi: '3.1.0',
  info: { title: 'Budstikka', version: 'v1' },
  components: {
    securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  },
  security: [{ token: [] }],
};

/**
 * The REST edge. Further groups of routes are registered on what this returns, each in a scope of its own with the
 * parsers and the renderer it needs (`showProblems`). Not listening yet; `close` waits for what is under way.
 */
export function createApp(options: AppOptions): FastifyInstance {
  const app = Fastify({
    ...brokenRequests,
    logger: false,
    bodyLimit: options.bodyLimit,
    requestTimeout: REQUEST_TIMEOUT,
    forceCloseConnections: 'idle',
    // A HEAD would run the handler of GET, and so be noted as a reading.
    exposeHeadRoutes: false,
    routerOptions: {
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      caseSensitive: false,
      maxParamLength: LONGEST_PARAMETER,
    },
    ajv: {
      customOptions: { allErrors: true, coerceTypes: false, removeAdditional: false, useDefaults: false },
    },
  });
  acceptJson(app);
  // Views are what is sent; response schemas describe them, and a test holds them against the published ones.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  traceRequests(app, options);
  conformRequests(app);
  closeGracefully(app);
  showProblems(app, options.log, dialogportenProblem);
  app.setNotFoundHandler(() => {
    throw new Failure('not-found', { detail: 'There is no such endpoint.' });
  });
  app.register(swagger, { openapi: DESCRIPTION });
  if (options.servesDialogs ?? true) app.register(dialogRoutes(options), { prefix: DIALOGPORTEN });
  app.register(async (root) => {
    root.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  });
  return app;
}

function dialogRoutes(options: AppOptions): FastifyPluginAsync {
  return async (api) => {
    api.register(serviceownerRoutes(options), { prefix: '/serviceowner' });
    api.register(enduserRoutes(options), { prefix: '/enduser' });
    api.register(metadataRoutes(options), { prefix: '/metadata' });
  };
}

/** Failures of this scope are shown by the renderer, and those that are ours are logged. */
export function showProblems(app: FastifyInstance, log: Log, render: ProblemRenderer): void {
  app.setErrorHandler((thrown, request, reply) => {
    const failure = toFailure(thrown);
    const status = statusOf(failure);
    const traceId = request.trace.id;
    if (status >= 500) {
      const err = failure.options.cause ?? failure;
      log.error({ err, traceId, code: failure.code, route: request.routeOptions.url }, 'a request failed');
    }
    const instance = pathOf(request.url);
    const { contentType, body } = render(failure, { status, instance, traceId });
    return reply.code(status).headers(headersOf(failure)).header('Content-Type', contentType).send(body);
  });
}

/** Queries never reach a log or an answer: they carry persons' numbers. */
function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

function traceRequests(app: FastifyInstance, { log, answered }: Pick<AppOptions, 'log' | 'answered'>): void {
  app.decorateRequest('trace');
  app.decorateRequest('identity');
  app.addHook('onRequest', async (request) => {
    request.trace = openTrace(request.headers['traceparent']);
  });
  app.addHook('onResponse', async ({ method, routeOptions, trace }, reply) => {
    const milliseconds = Math.round(reply.elapsedTime * 1000) / 1000;
    const ended = { method, route: routeOptions.url, status: reply.statusCode, milliseconds };
    answered?.(ended);
    trace.span?.end(asSpan(ended));
    log.info({ ...ended, traceId: trace.id }, 'request');
  });
}

/** In the words of OpenTelemetry's conventions for HTTP. The route, because a path carries ids. */
function asSpan({ method, route, status }: EndedRequest): SpanResult {
  return {
    name: route === undefined ? method : `${method} ${route}`,
    attributes: {
      'http.request.method': method,
      'http.response.status_code': status,
      ...(route !== undefined && { 'http.route': route }),
    },
    failed: status >= 500,
  };
}

function conformRequests(app: FastifyInstance): void {
  app.addHook('preValidation', async (request) => {
    const { schema } = request.routeOptions;
    if (schema?.querystring) request.query = conformQuery(schema.querystring, request.query as never);
    if (schema?.body && request.body !== undefined) request.body = conform(schema.body, request.body);
  });
}
