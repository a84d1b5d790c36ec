import { randomUUID } from 'node:crypto';
import type { AccessQuestion, DecisionPoint } from '../../src/access/ports.ts';
import { createBus } from '../../src/bus/hints.ts';
import { openNotifyWire } from '../../src/db/notify.ts';
import { DeliveryEngine } from '../../src/delivery/engine.ts';
import type { DeliverySettings } from '../../src/delivery/options.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { appendAndCommit } from '../../src/events/queries.ts';
import type { Reach } from '../../src/lib/failpoint.ts';
import { openLog } from '../../src/lib/log.ts';
import { createGuard } from '../../src/outbound/address-guard.ts';
import { Resolver } from '../../src/outbound/resolver.ts';
import { Sender } from '../../src/outbound/sender.ts';
import { newSecret, openSecret } from '../../src/outbound/standard-webhooks.ts';
import { Subscriptions } from '../../src/subscriptions/subscriptions.ts';
import type { TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const log = openLog({ level: process.env['TEST_LOG'] ? 'debug' : 'silent' });

const settings: DeliverySettings = {
  leaseMs: 2000,
  handoverMs: 250,
  flushMs: 20,
  pollMs: 1000,
  schedule: { delays: [50, 50, 50], jitter: 0 },
  endpointConcurrency: 32,
  dispatchConcurrency: 512,
  parkedMost: 10_000,
  deliveryLogDays: 14,
  letterDays: 30,
  drainMs: 2000,
};

export interface EngineUnderTest extends AsyncDisposable {
  readonly engine: DeliveryEngine;
  readonly subscriptions: Subscriptions;
  /** Makes a subscription and waits until its endpoint has been asked. */
  subscribe(endpoint: string, filter?: Record<string, unknown>): Promise<number>;
  /** Appends an event of the dialog in a transaction of its own. */
  publish(dialog: string, more?: Partial<EventDraft>): Promise<{ id: string; position: number }>;
}

export interface EngineOptions {
  readonly settings?: Partial<DeliverySettings>;
  readonly permits?: (question: AccessQuestion) => boolean;
  readonly reach?: Reach;
}

export const resource = 'urn:altinn:resource:super-simple-service';
export const party = 'urn:altinn:organization:identifier-no:310923044';

const caller = {
  identity: { org: 'ttd', orgNumber: '991825827', scopes: ['altinn:events.subscribe'], level: 3 },
  consumer: '/org/ttd',
  maySubscribe: true,
};

/** The delivery engine with everything real around it but the policy, on a database of the test's own. */
export async function startEngine(db: TestDatabase, options: EngineOptions = {}): Promise<EngineUnderTest> {
  const { database, url } = db;
  const bus = createBus((heard) => openNotifyWire({ url, channel: 'budstikka', log, heard }));
  const decisions: DecisionPoint = {
    decide: (questions) =>
      questions.map((question) => ({ permitted: options.permits?.(question) ?? true, because: 'test' })),
  };
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  const guard = createGuard({ allowLoopback: true, allowHttp: true, allowedNetworks: [] });
  const sender = new Sender({
    ...{ guard, resolve: (name) => resolver.resolve(name), connectionsPerOrigin: 64, waitingPerOrigin: 1000 },
    ...{ maxOrigins: 1000, keepAlive: 5000 },
  });
  const engine = new DeliveryEngine({
    settings: { ...settings, ...options.settings },
    ...{
      database,
      hints: bus,
      decisions,
      log,
      changed: () => bus.grown(),
      newId: randomUUID,
      random: () => 0.5,
    },
    access: { version: Number.POSITIVE_INFINITY, refresh: async () => undefined },
    mainUnitOf: () => undefined,
    openSecret: (_, sealed) => openSecret(Buffer.from(sealed).toString()),
    cursorOf: (position) => `b1.00000000.${position}.check`,
    send: (url, request, mayStart) =>
      sender.send(
        { url, ...request, mayStart },
        { connect: 1000, headers: 5000, body: 1000, total: 5000, keep: 1024, drain: 65_536 },
      ),
    sourceBase: 'http://127.0.0.1/events/api/v1/subscriptions/',
    reach: options.reach ?? (() => undefined),
  });
  const subscriptions = new Subscriptions({
    ...{ database, decisions, changed: () => bus.grown() },
    rules: { appsDomain: 'apps.altinn.no', refuseEndpoint: (url) => guard.checkEndpoint(url) },
    newSecret: () => {
      const text = newSecret();
      return { text, sealed: Buffer.from(text) };
    },
    quiesced: (subscription) => engine.quiesced(subscription),
  });
  return {
    engine,
    subscriptions,
    subscribe: async (endPoint, filter = {}) => {
      const { subscription } = await subscriptions.create(caller, {
        endPoint,
        resourceFilter: resource,
        ...filter,
      });
      await until('the endpoint has answered its handshake', async () => {
        return (await subscriptions.get(caller, subscription.id)).validated;
      });
      return subscription.id;
    },
    publish: async (dialog, more = {}) => {
      const event = draft(dialog, more);
      const [position] = await database.transaction((transaction) => appendAndCommit(transaction, [event]));
      bus.grown();
      return { id: event.id, position: position! };
    },
    [Symbol.asyncDispose]: async () => {
      await engine[Symbol.asyncDispose]();
      await sender[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
      resolver[Symbol.dispose]();
    },
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
