import { access } from './access-settings.ts';
import {
  decimal,
  host,
  integer,
  listOf,
  milliseconds,
  network,
  oneOf,
  origin,
  path,
  postgresUrl,
  seconds,
  token,
  yesOrNo,
} from './kinds.ts';
import { limits } from './limit-settings.ts';
import { optional, type Setting, setting } from './setting.ts';

const roles = ['api', 'dispatch', 'live'] as const;
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const DAY = 24 * 60 * 60;
const MEBIBYTE = 2 ** 20;

/**
 * Every setting there is, by the room that gets it. Parsing, `docs/configuration.md` and the summary at start are made
 * from this table and from nothing else. Durations are milliseconds inside the house, whatever their unit outside.
 */
export const settings = {
  platform: {
    roles: setting('ROLES', listOf(oneOf(roles)), {
      default: 'api,dispatch,live',
      about: 'What this process does: answer requests, send to webhooks, hold live streams.',
    }),
    logLevel: setting('LOG_LEVEL', oneOf(levels), {
      default: 'info',
      about: 'The least important line that is still logged.',
    }),
    dataDirectory: setting('DATA_DIR', path, {
      default: './.budstikka',
      about: 'Where the embedded database and the keys of development mode are kept.',
    }),
    metricsToken: optional('METRICS_TOKEN', token, {
      absent: 'no /metrics in production; in development mode open to all',
      secret: true,
      about: 'What Prometheus sends as a bearer token to read /metrics.',
    }),
    shutdownMs: setting('SHUTDOWN_MS', milliseconds(0, 600_000), {
      default: '10000',
      about:
        'How long requests and deliveries that have begun may take to finish when the process is told to stop.',
    }),
  },
  http: {
    host: setting('HOST', host, {
      default: '127.0.0.1',
      about:
        'Address to listen on; 0.0.0.0 for every network. Development mode listens on 127.0.0.1 whatever stands here, unless DEV_EXPOSE says yes.',
    }),
    devExpose: setting('DEV_EXPOSE', yesOrNo, {
      default: 'no',
      onlyIn: 'dev',
      about: 'Lets development mode listen on HOST. Whoever reaches it can make tokens for anybody.',
    }),
    port: setting('PORT', integer({ min: 0, max: 65_535 }), {
      default: '5080',
      about: 'Port to listen on; 0 takes any free one.',
    }),
    baseUrl: optional('BASE_URL', origin, {
      requiredIn: 'production',
      absent: 'http://127.0.0.1 and the port',
      about:
        'The public origin: it stands in links, in the source of events and in the issuer of dialog tokens.',
    }),
    maxBodyBytes: setting('MAX_BODY_BYTES', integer({ min: 1024, max: 256 * MEBIBYTE, unit: 'bytes' }), {
      default: String(20 * MEBIBYTE),
      about: 'The largest request body; a larger one is answered with 413.',
    }),
  },
  database: {
    url: optional('DATABASE_URL', postgresUrl, {
      requiredIn: 'production',
      absent: 'an embedded PostgreSQL in DATA_DIR',
      secret: true,
      about: 'The PostgreSQL database. Its user owns the tables, because it migrates them at start.',
    }),
    maxConnections: setting('DATABASE_MAX_CONNECTIONS', integer({ min: 2, max: 1000 }), {
      default: '20',
      about:
        'Connections in the pool of this process. A few more are opened beside it for the readers of the log.',
    }),
    connectTimeoutMs: setting('DATABASE_CONNECT_TIMEOUT_MS', milliseconds(100, 60_000), {
      default: '5000',
      about: 'How long a connection may be waited for; then the answer is 503.',
    }),
    statementTimeoutMs: setting('DATABASE_STATEMENT_TIMEOUT_MS', milliseconds(100, 3_600_000), {
      default: '30000',
      about: 'When PostgreSQL gives up a statement. Two seconds later its connection is given up as well.',
    }),
  },
  access,
  registry: {
    directory: optional('REGISTRY_DIR', path, {
      absent: 'what the database holds; in development mode the example',
      about: 'Folder with service resources, policies, parties and grants.',
    }),
  },
  events: {
    retentionDays: setting('RETENTION_DAYS', integer({ min: 7, max: 3650, unit: 'days' }), {
      default: '90',
      about: 'How long events stay in the log. They go by the week, so up to a week later.',
    }),
  },
  reading: {
    pollMs: setting('POLL_MS', milliseconds(100, 60_000), {
      default: '5000',
      about: 'How often the log is read when no hint says that it has grown.',
    }),
  },
  delivery: {
    leaseMs: setting('LEASE_MS', milliseconds(1000, 300_000), {
      default: '10000',
      about:
        'How long a process that has died keeps its share of the subscriptions before others take it over.',
    }),
    handoverMs: setting('HANDOVER_MS', milliseconds(10, 10_000), {
      default: '250',
      about: 'How long an answer may take before its subscription goes on at its own pace.',
    }),
    flushMs: setting('FLUSH_MS', milliseconds(1, 1000), {
      default: '20',
      about: 'How often outcomes are committed; after a crash at most what was not committed is sent again.',
    }),
    retryDelaysMs: setting('RETRY_SCHEDULE_S', listOf(seconds(1, 7 * DAY), { repeats: true }), {
      default: '10,30,60,300,600,1800,3600,10800,21600,43200,43200',
      about: 'The wait before each further attempt. After the last one the event becomes a dead letter.',
    }),
    retryJitter: setting('RETRY_JITTER', decimal({ min: 0, max: 0.5 }), {
      default: '0.1',
      about: 'The share by which a wait is made shorter or longer by chance.',
    }),
    endpointConcurrency: setting('ENDPOINT_CONCURRENCY', integer({ min: 1, max: 1000 }), {
      default: '32',
      about: 'Requests at a time to one endpoint.',
    }),
    dispatchConcurrency: setting('DISPATCH_CONCURRENCY', integer({ min: 1, max: 10_000 }), {
      default: '512',
      about: 'Requests at a time to all endpoints together.',
    }),
    windowMs: setting('BREAKER_WINDOW_S', seconds(1, 3600), {
      default: '10',
      about: 'How long an endpoint must have succeeded at nothing before it is left alone as a whole.',
    }),
    disableAfterMs: setting('DISABLE_AFTER_S', seconds(3600, 90 * DAY), {
      default: String(5 * DAY),
      about: 'How long an endpoint may fail as a whole before its subscription is disabled.',
    }),
    announceMs: setting('DISABLE_WARNING_S', seconds(0, 30 * DAY), {
      default: String(DAY),
      about: 'How long before that the maker of the subscription is told.',
    }),
    batchMost: setting('BATCH_MAX', integer({ min: 1, max: 1000, unit: 'events' }), {
      default: '100',
      about: 'Events in one request of a subscription that takes batches.',
    }),
    batchBytes: setting('BATCH_BYTES', integer({ min: 1024, max: 16 * MEBIBYTE, unit: 'bytes' }), {
      default: String(MEBIBYTE),
      about: 'The largest batch; an event that is larger by itself goes alone.',
    }),
    batchWaitMs: setting('BATCH_WAIT_MS', milliseconds(0, 5000), {
      default: '50',
      about:
        'How long an event waits for others to go with it in a batch; never longer than half of HANDOVER_MS.',
    }),
    parkedMost: setting('PARKED_MAX', integer({ min: 10, max: 1_000_000 }), {
      default: '10000',
      about:
        'Dialogs of one subscription that may wait for their next attempt; beyond it the subscription stands still.',
    }),
    coursesMost: setting('AWAKE_SUBSCRIPTIONS_MAX', integer({ min: 100, max: 10_000_000 }), {
      default: '20000',
      about:
        'Subscriptions kept in memory ready for sending, about 3 kB each; the others take 400 bytes, and are read when an event is for them. What more of them want is delivered bit by bit.',
    }),
    letterDays: setting('DEAD_LETTER_DAYS', integer({ min: 1, max: 3650, unit: 'days' }), {
      default: '90',
      about: 'How long a dead letter is kept, with its event, so that it can be sent again.',
    }),
    secretOverlapMs: setting('SECRET_OVERLAP_S', seconds(0, 7 * DAY), {
      default: String(DAY),
      about:
        'How long former webhook secrets go on signing beside a new one, at most and unless a rotation asks for less.',
    }),
    deliveryLogDays: setting('DELIVERY_LOG_DAYS', integer({ min: 1, max: 3650, unit: 'days' }), {
      default: '14',
      about: 'How long the delivery log tells what happened.',
    }),
  },
  outbound: {
    connectTimeoutMs: setting('CONNECT_TIMEOUT_MS', milliseconds(100, 60_000), {
      default: '5000',
      about: 'How long an endpoint may take to accept a connection, TLS included.',
    }),
    headersTimeoutMs: setting('HEADERS_TIMEOUT_MS', milliseconds(100, 300_000), {
      default: '30000',
      about: 'How long an endpoint may take until its answer begins.',
    }),
    bodyTimeoutMs: setting('BODY_TIMEOUT_MS', milliseconds(100, 300_000), {
      default: '10000',
      about: 'How long the body of an answer may take.',
    }),
    attemptTimeoutMs: setting('ATTEMPT_TIMEOUT_MS', milliseconds(100, 300_000), {
      default: '30000',
      about: 'How long an attempt may take in all.',
    }),
    allowedNetworks: setting('ALLOWED_NETWORKS', listOf(network), {
      default: '',
      about:
        'Networks of your own that endpoints may lie in. All other addresses that are not public are refused.',
    }),
  },
  live: {
    readersMost: setting('STREAM_MAX', integer({ min: 1, max: 1_000_000 }), {
      default: '10000',
      about: 'Live streams at a time in one process; one more is refused.',
    }),
    keepAliveMs: setting('KEEPALIVE_MS', milliseconds(100, 60_000), {
      default: '8000',
      about: 'After how much silence a sign of life is sent on a stream.',
    }),
  },
  graphql: {
    depthMost: setting('GRAPHQL_DEPTH_MAX', integer({ min: 7, max: 100 }), {
      default: '12',
      about: 'How deep a GraphQL operation may nest its fields.',
    }),
    costMost: setting('GRAPHQL_COST_MAX', integer({ min: 10_000, max: 100_000_000 }), {
      default: '200000',
      about:
        'How much a GraphQL operation may cost: 2,000 for each root field, and the fields selected in it times the objects it may answer with.',
    }),
  },
  limits,
} as const satisfies Record<string, Record<string, Setting<unknown>>>;

export type Settings = typeof settings;

/** The value of every setting, by room. */
export type Values = {
  readonly [Room in keyof Settings]: {
    readonly [Field in keyof Settings[Room]]: Settings[Room][Field] extends Setting<infer T> ? T : never;
  };
};
