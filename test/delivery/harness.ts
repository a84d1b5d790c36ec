import { randomUUID } from 'node:crypto';
import type { AccessQuestion, DecisionPoint } from '../../src/access/ports.ts';
import { type Bus, createBus } from '../../src/bus/hints.ts';
import type { Database } from '../../src/db/database.ts';
import { openNotifyWire } from '../../src/db/notify.ts';
import { DeliveryEngine } from '../../src/delivery/engine.ts';
import type { DeliveryOptions, DeliverySettings } from '../../src/delivery/options.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { appendAndCommit } from '../../src/events/queries.ts';
import { Disposals } from '../../src/lib/disposals.ts';
import type { Reach } from '../../src/lib/failpoint.ts';
import { openLog } from '../../src/lib/log.ts';
import { pause } from '../../src/lib/time.ts';
import { createGuard } from '../../src/outbound/address-guard.ts';
import { Sender } from '../../src/outbound/sender.ts';
import { newPrivateKey, newSecret, openSecret } from '../../src/outbound/standard-webhooks.ts';
import { Subscriptions } from '../../src/subscriptions/subscriptions.ts';
import { until } from '../support/until.ts';

const log = openLog({ level: process.env['TEST_LOG'] ? 'debug' : 'silent' });

const SETTINGS: DeliverySettings = {
  ...{ leaseMs: 2000, handoverMs: 250, flushMs: 20, pollMs: 1000, drainMs: 2000 },
  ...{ schedule: { delays: [50, 50, 50], jitter: 0 }, parkedMost: 10_000, coursesMost: 1000 },
  // A test that is about breakers sets a window of its own.
  ...{ windowMs: 600_000, disableAfterMs: 432_000_000, announceMs: 86_400_000 },
  batch: { most: 100, bytes: 2 ** 20, waitMs: 20 },
  ...{ endpointConcurrency: 32, dispatchConcurrency: 512, deliveryLogDays: 14, letterDays: 30 },
};
/** So long that a machine which is busy with other things does not make a receiver late. */
const LIMITS = { connect: 20_000, headers: 60_000, body: 60_000, total: 60_000, keep: 1024, drain: 65_536 };
const SENDER = { connectionsPerOrigin: 64, waitingPerOrigin: 1000, maxOrigins: 1000, keepAlive: 5000 };
const CALLER = {
  identity: { org: 'ttd', orgNumber: '991825827', scopes: ['altinn:events.subscribe'], level: 3 },
  consumer: '/org/ttd',
  maySubscribe: true,
};

const HOUSE_KEY = openSecret(newPrivateKey());

/** Names the process that sent a request. */
export const PROCESS_HEADER = 'test-process';

export const resource = 'urn:altinn:resource:super-simple-service';
const party = 'urn:altinn:organization:identifier-no:310923044';

/** A database, wherever it came from. */
export interface Ground {
  readonly url: string;
  readonly database: Database;
}

export interface Published {
  readonly id: string;
  readonly position: number;
  readonly dialog: string;
  readonly bytes: string;
}

/** Publishes and subscribes as other processes would: nothing is delivered from here. */
export interface Outside extends AsyncDisposable {
  readonly bus: Bus;
  /** Appends an event of the dialog in a transaction of its own. */
  publish(dialog: string, more?: Partial<EventDraft>): Promise<Published>;
  /** Makes a subscription, whether or not anybody is there to ask its endpoint. */
  subscribe(endpoint: string, filter?: Record<string, unknown>): Promise<number>;
  /** Resolves when the endpoint has answered its handshake. */
  validated(subscription: number): Promise<void>;
  /** Ends a subscription. */
  remove(subscription: number): Promise<void>;
}

export interface EngineUnderTest extends Outside {
  readonly engine: DeliveryEngine;
}

export interface EngineOptions {
  readonly settings?: Partial<DeliverySettings>;
  readonly permits?: (question: AccessQuestion) => boolean;
  readonly reach?: Reach;
  readonly access?: DeliveryOptions['access'];
  /** Knows main units; there are none otherwise. */
  readonly register?: Pick<DeliveryOptions, 'mainUnitOf' | 'learnMainUnits'>;
  /** Addresses of names; there are none otherwise. */
  readonly resolve?: (name: string) => Promise<string[]>;
  readonly openSecret?: DeliveryOptions['openSecret'];
  /** Goes with every request, so that a receiver knows which process sent it. */
  readonly process?: number;
  /** Stands between the engine and the real sender. */
  readonly send?: (send: DeliveryOptions['send']) => DeliveryOptions['send'];
}

export function openOutside({ database, url }: Ground, engine?: DeliveryEngine): Outside {
  const bus = createBus((heard) => openNotifyWire({ url, channel: 'budstikka', log, heard }));
  const subscriptions = new Subscriptions({
    ...{ database, decisions: decisionPoint(), changed: () => bus.grown() },
    rules: { appsDomain: 'apps.altinn.no', refuseEndpoint: () => undefined },
    newSecret: () => {
      const text = newSecret();
      return { text, sealed: Buffer.from(text) };
    },
    secretOverlapMs: 60_000,
    quiesced: (subscription) => engine?.quiesced(subscription) ?? pause(300),
  });
  return {
    bus,
    publish: async (dialog, more = {}) => {
      const event = draft(dialog, more);
      const [position] = await database.transaction((transaction) => appendAndCommit(transaction, [event]));
      bus.grown();
      return { id: event.id, position: position!, dialog, bytes: event.bytes };
    },
    subscribe: async (endPoint, filter = {}) => {
      const request = { endPoint, resourceFilter: resource, ...filter };
      return (await subscriptions.create(CALLER, request)).subscription.id;
    },
    validated: async (id) => {
      await until('the endpoint has answered its handshake', async () => {
        return (await subscriptions.get(CALLER, id)).validated;
      });
    },
    remove: (id) => subscriptions.remove(CALLER, id),
    [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
  };
}

/** The delivery engine with everything real around it but the policy. Whoever subscribes waits for the handshake. */
export async function startEngine(ground: Ground, options: EngineOptions = {}): Promise<EngineUnderTest> {
  const disposals = new Disposals();
  const { database, url } = ground;
  const bus = createBus((heard) => openNotifyWire({ url, channel: 'budstikka', log, heard }));
  disposals.use(bus);
  const sender = new Sender({
    ...SENDER,
    guard: createGuard({ allowLoopback: true, allowHttp: true, allowedNetworks: [] }),
    resolve: options.resolve ?? (async () => []),
  });
  disposals.use(sender);
  const process = { [PROCESS_HEADER]: String(options.process ?? 0) };
  const send: DeliveryOptions['send'] = (endpoint, { headers, body }, mayStart) =>
    sender.send({ url: endpoint, headers: { ...headers, ...process }, body, mayStart }, LIMITS);
  const engine = new DeliveryEngine({
    ...{ database, log, hints: bus, decisions: decisionPoint(options.permits) },
    ...{ changed: () => bus.grown(), newId: randomUUID, random: () => 0.5 },
    ...(options.register ?? { mainUnitOf: () => undefined }),
    settings: { ...SETTINGS, ...options.settings },
    access: options.access ?? { version: Number.POSITIVE_INFINITY, refresh: async () => undefined },
    openSecret: options.openSecret ?? ((_, sealed) => openSecret(Buffer.from(sealed).toString())),
    publishedKey: () => HOUSE_KEY,
    cursorOf: (position) => `b1.00000000.${position}.check`,
    send: options.send?.(send) ?? send,
    sourceBase: 'http://127.0.0.1/events/api/v1/subscriptions/',
    reach: options.reach ?? (() => undefined),
  });
  disposals.use(engine);
  const outside = disposals.use(openOutside(ground, engine));
  return {
    ...outside,
    engine,
    subscribe: async (endpoint, filter) => {
      const id = await outside.subscribe(endpoint, filter);
      await outside.validated(id);
      return id;
    },
    [Symbol.asyncDispose]: () => disposals[Symbol.asyncDispose](),
  };
}

function decisionPoint(permits: (question: AccessQuestion) => boolean = () => true): DecisionPoint {
  return {
    decide: (questions) => questions.map((question) => ({ permitted: permits(question), because: 'test' })),
  };
}

function draft(dialog: string, more: Partial<EventDraft>): EventDraft {
  const id = randomUUID();
  const type = 'dialogporten.dialog.updated.v1';
  const source = `https://host/dialogporten/api/v1/enduser/dialogs/${dialog}`;
  const bytes = { specversion: '1.0', id, source, type, resource, resourceinstance: dialog, subject: party };
  return {
    ...{ audience: 'all', owner: '991825827', change: 1, dialogSequence: 1, type, resource },
    ...{ resourceInstance: dialog, subject: party, source, id, time: null, trace: null },
    bytes: JSON.stringify(bytes),
    ...more,
  };
}
