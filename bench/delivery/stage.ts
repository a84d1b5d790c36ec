import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { readConfig } from '../../src/config.ts';
import { startEmbeddedPostgres } from '../../src/db/embedded.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { Disposals } from '../../src/lib/disposals.ts';
import { openLog } from '../../src/lib/log.ts';
import { wallClock } from '../../src/lib/time.ts';
import { newSecret, openSecret, signedHeaders } from '../../src/outbound/standard-webhooks.ts';
import { openAccess } from '../../src/platform/access.ts';
import { type Callers, openCallers } from '../../src/platform/callers.ts';
import { openDispatch } from '../../src/platform/dispatch.ts';
import { type Ground, openGround } from '../../src/platform/ground.ts';
import { Metrics } from '../../src/platform/metrics.ts';
import { openOutgoing } from '../../src/platform/outgoing.ts';
import { until } from '../../test/support/until.ts';
import { SinkProcess } from './receiver.ts';

/** Requests at a time on every side. */
export const IN_FLIGHT = 64;

const SERVICE = 'urn:altinn:resource:super-simple-service';
const TYPE = 'dialogporten.dialog.updated.v1';
const COMPANY = 'urn:altinn:organization:identifier-no:310923044';
const MANAGER = {
  identity: { pid: '08844397713', userId: 1, scopes: ['altinn:events.subscribe'], level: 3 },
  consumer: '/user/1',
  maySubscribe: true,
};

/** Everything that is measured stands on: a durable database, the example registry, a receiver, a bare pool. */
export interface Stage extends AsyncDisposable {
  readonly ground: Ground;
  readonly sink: SinkProcess;
  readonly pool: Pool;
  /** Another database of the same server, for another queue. */
  databaseUrl(name: string): string;
  /** Starts delivery as the product does it; ends it when disposed. Subscribes the receiver the first time. */
  startDelivery(): Promise<Delivery>;
  /** POSTs an event as bare as can be: signed, and nothing else. */
  post(job: Job): Promise<void>;
}

/** An event for one of the receiver's paths. */
export interface Job {
  readonly event: EventDraft;
  readonly path?: string;
}

export interface Wish {
  readonly typeFilter: string;
  /** The receiver, unless given. */
  readonly endPoint?: string;
  /** Somebody in particular, unless given. */
  readonly consumer?: string;
}

/** Delivery that runs until it is disposed. */
export interface Delivery extends AsyncDisposable {
  /** Subscribes to one type alone. Resolves when that is committed; its handshake is to come. */
  subscribe(wish: Wish): Promise<void>;
  /** Resolves when every subscription keeps up with its lane. */
  keepsUp(): Promise<void>;
}

const log = openLog({ level: 'warn' });
const secrets = [openSecret(newSecret())];

export async function openStage(): Promise<Stage> {
  const disposals = new Disposals();
  const folder = await mkdtemp(join(tmpdir(), 'budstikka-bench-'));
  disposals.defer(() => rm(folder, { recursive: true, force: true }));
  // Started by root, the server runs as somebody else, who must get in.
  await chmod(folder, 0o711);
  const directory = join(folder, 'postgres');
  const server = disposals.use(await startEmbeddedPostgres({ directory, log }));
  const env = {
    BUDSTIKKA_DATABASE_URL: server.url,
    BUDSTIKKA_DATA_DIR: folder,
    BUDSTIKKA_ENDPOINT_CONCURRENCY: String(IN_FLIGHT),
  };
  const config = readConfig(env, 'dev');
  const ground = await openGround({ config, log, disposals });
  const outgoing = openOutgoing(config, disposals);
  const access = openAccess({ config, ground, outgoing, log, disposals });
  const callers = openCallers({ config, ground, outgoing, access });
  const sink = disposals.use(await SinkProcess.start());
  const pool = new Pool(new URL(sink.url).origin, { connections: IN_FLIGHT, pipelining: 1 });
  disposals.defer(() => pool.destroy());
  const parts = { config, ground, outgoing, callers, log, reach: () => undefined };
  return {
    ...{ ground, sink, pool, databaseUrl: (name) => server.databaseUrl(name) },
    startDelivery: () => startDelivery(parts, sink),
    post: (job) => post(pool, job),
    [Symbol.asyncDispose]: () => disposals[Symbol.asyncDispose](),
  };
}

type Parts = Omit<Parameters<typeof openDispatch>[0], 'disposals' | 'metrics'> & {
  readonly callers: Callers;
};

async function startDelivery(parts: Parts, sink: SinkProcess): Promise<Delivery> {
  const { database } = parts.ground;
  const disposals = new Disposals();
  const { subscriptions } = openDispatch({ ...parts, disposals, metrics: new Metrics(database) });
  const request = { endPoint: sink.url, resourceFilter: SERVICE, subjectFilter: COMPANY };
  const keepsUp = async () => {
    const isKept = async () => {
      const text = 'SELECT FROM subscription WHERE NOT validated UNION ALL SELECT FROM own_position';
      return (await database.query({ name: 'bench.behind', text })).length === 0;
    };
    await until('every subscription keeps up with its lane', isKept, { timeout: 120_000 });
  };
  await subscriptions.create(MANAGER, request);
  await keepsUp();
  await sink.take();
  return {
    keepsUp,
    subscribe: async ({ consumer = MANAGER.consumer, ...wish }) => {
      await subscriptions.create({ ...MANAGER, consumer }, { ...request, ...wish });
    },
    [Symbol.asyncDispose]: () => disposals[Symbol.asyncDispose](),
  };
}

async function post(pool: Pool, { event, path = '/' }: Job): Promise<void> {
  const timestamp = Math.floor(wallClock() / 1000);
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    ...signedHeaders({ id: event.id, body: event.bytes, secrets, timestamp }),
  };
  const answer = await pool.request({ path, method: 'POST', headers, body: event.bytes });
  await answer.body.dump();
}

/** An event as a dialog's change makes it, about half a kilobyte. */
export function makeEvent(dialog: string, { resource = SERVICE, type = TYPE } = {}): EventDraft {
  const id = randomUUID();
  const source = `http://127.0.0.1:5080/dialogporten/api/v1/enduser/dialogs/${dialog}`;
  const event = {
    ...{ specversion: '1.0', id, source, type, time: '2026-01-02T03:04:05.1234560Z', resource },
    ...{ resourceinstance: dialog, subject: COMPANY, dialogsequence: 1 },
  };
  return {
    ...{
      audience: 'all',
      owner: '991825827',
      change: 1,
      dialogSequence: 1,
      type,
      resource,
      resourceInstance: dialog,
    },
    ...{ subject: COMPANY, source, id, time: null, trace: null, bytes: JSON.stringify(event) },
  };
}
