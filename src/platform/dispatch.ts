import { randomUUID } from 'node:crypto';
import type { Config } from '../config.ts';
import type { BatchLimits } from '../delivery/batching.ts';
import { DeliveryEngine } from '../delivery/engine.ts';
import type { Disposals } from '../lib/disposals.ts';
import type { Reach } from '../lib/failpoint.ts';
import type { Log } from '../lib/log.ts';
import { pause } from '../lib/time.ts';
import { keySecret, newSecret, openSecret } from '../outbound/standard-webhooks.ts';
import { DeadLetters } from '../subscriptions/dead-letters.ts';
import { DeliveryLog } from '../subscriptions/delivery-log.ts';
import { type FlowOptions, SubscriptionFlow } from '../subscriptions/flow.ts';
import { Replays } from '../subscriptions/replays.ts';
import { Subscriptions } from '../subscriptions/subscriptions.ts';
import { positionOfEvent } from '../reading/queries.ts';
import { reachablePosition } from '../reading/reachable.ts';
import type { Callers } from './callers.ts';
import type { Ground } from './ground.ts';
import type { Metrics } from './metrics.ts';
import type { Outgoing } from './outgoing.ts';

export interface DispatchOptions {
  readonly config: Config;
  readonly ground: Ground;
  readonly outgoing: Outgoing;
  readonly callers: Callers;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly reach: Reach;
  readonly disposals: Disposals;
}

/** What a webhook secret of a subscription is sealed for. */
const sealContext = (subscription: number) => ({ purpose: 'subscription-secret', id: String(subscription) });
/** Milliseconds after which another process has certainly taken in a change. */
const ELSEWHERE_MS = 300;
/** Share of the time for stopping that deliveries may take; requests come before them, and then the ground. */
const SHUTDOWN_SHARE = 0.4;

export interface Dispatch {
  readonly subscriptions: Subscriptions;
  readonly flow: SubscriptionFlow;
  readonly deadLetters: DeadLetters;
  readonly replays: Replays;
  readonly deliveryLog: DeliveryLog;
}

/** Subscriptions, and the engine that delivers to them when this process has the role. */
export function openDispatch(options: DispatchOptions): Dispatch {
  const { config, ground } = options;
  const { database, epochs, bus } = ground;
  const engine = config.platform.roles.includes('dispatch') ? openEngine(options) : undefined;
  const changes: Changes = {
    changed: () => bus.grown(),
    quiesced: (changed) => engine?.quiesced(changed) ?? pause(ELSEWHERE_MS),
  };
  const subscriptions = openSubscriptions(options, changes);
  const cursorOf = (position: number) => epochs.format(position);
  const common = { database, subscriptions, cursorOf, ...changes };
  const positionOf = (cursor: string) => reachablePosition({ database, epochs }, cursor);
  const flow = new SubscriptionFlow({ ...common, positionOf });
  const replays = new Replays({
    ...{ ...common, positionOf },
    positionOfEvent: (event, within) => positionOfEvent(database, event, within),
  });
  const deadLetters = new DeadLetters(common);
  return { subscriptions, flow, replays, deadLetters, deliveryLog: new DeliveryLog(common) };
}

type Changes = Pick<FlowOptions, 'changed' | 'quiesced'>;

function openSubscriptions(
  { config, ground, outgoing, callers }: DispatchOptions,
  changes: Changes,
): Subscriptions {
  return new Subscriptions({
    database: ground.database,
    decisions: callers.freshDecisions,
    rules: {
      appsDomain: 'apps.altinn.no',
      refuseEndpoint: (url) => outgoing.guard.checkEndpoint(url),
      partyIdOf: async (alternative) => (await callers.register.party(alternative))?.partyId,
    },
    ofConsumerMost: config.limits.subscriptions,
    secretOverlapMs: config.delivery.secretOverlapMs,
    newSecret: (subscription) => {
      const text = newSecret();
      return { text, sealed: ground.masterKey.seal(Buffer.from(text), sealContext(subscription)) };
    },
    ...changes,
  });
}

function openEngine({
  config,
  ground,
  outgoing,
  callers,
  metrics,
  log,
  reach,
  disposals,
}: DispatchOptions): DeliveryEngine {
  const { database, bus, access, masterKey, epochs, keys } = ground;
  const { delivery } = config;
  const engine = new DeliveryEngine({
    ...{ database, hints: bus, access, log, reach, decisions: callers.decisions },
    ...{ changed: () => bus.grown(), newId: randomUUID, random: Math.random },
    settings: {
      ...delivery,
      pollMs: config.reading.pollMs,
      drainMs: config.platform.shutdownMs * SHUTDOWN_SHARE,
      batch: batchLimits(delivery),
      schedule: { delays: delivery.retryDelaysMs, jitter: delivery.retryJitter },
    },
    mainUnitOf: (subject) => callers.mainUnitOf(subject),
    learnMainUnits: (subjects) => callers.learnMainUnits(subjects),
    openSecret: (subscription, sealed) =>
      openSecret(masterKey.open(sealed, sealContext(subscription)).toString('utf8')),
    publishedKey: () => keySecret(keys.current('webhook').key),
    cursorOf: (position) => epochs.format(position),
    send: (url, request, mayStart) => outgoing.sender.send({ url, ...request, mayStart }, outgoing.limits),
    attempted: (attempt) => metrics.attempted(attempt),
    sourceBase: `${config.http.baseUrl}/events/api/v1/subscriptions/`,
  });
  metrics.watch('deliveries_open', 'Deliveries in memory that have not ended.', () => engine.deliveriesOpen);
  metrics.watch('lanes_held', 'Lanes that this process holds, of 256.', () => engine.lanesHeld);
  return disposals.use(engine);
}

/** Whoever waits for company must not be taken for an endpoint that is slow. */
function batchLimits({ batchMost, batchBytes, batchWaitMs, handoverMs }: Config['delivery']): BatchLimits {
  return { most: batchMost, bytes: batchBytes, waitMs: Math.min(batchWaitMs, handoverMs / 2) };
}
