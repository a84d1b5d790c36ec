import type { DecisionPoint } from '../access/ports.ts';
import type { Database } from '../db/database.ts';
import type { Reach } from '../lib/failpoint.ts';
import type { Log } from '../lib/log.ts';
import type { SendResult } from '../outbound/send-result.ts';
import type { WebhookSecret } from '../outbound/standard-webhooks.ts';
import type { Hints } from '../reading/follow.ts';
import type { Versioned } from '../reading/freshness.ts';
import type { BatchLimits } from './batching.ts';
import type { DeliveryRequest } from './request.ts';
import type { RetrySchedule } from './schedule.ts';
import type { Verdict } from './verdict.ts';

export interface DeliverySettings {
  /** Milliseconds after which the lanes of a process that is silent go to another. */
  readonly leaseMs: number;
  /** Milliseconds after which an open delivery gives its subscription a position of its own. */
  readonly handoverMs: number;
  /** Milliseconds from an outcome to the flush that commits it. */
  readonly flushMs: number;
  /** Milliseconds after which the log is read although no hint came. */
  readonly pollMs: number;
  readonly schedule: RetrySchedule;
  /** Milliseconds without a success before failures are blamed on the endpoint as a whole. */
  readonly windowMs: number;
  /** Milliseconds without a success after which a subscription is disabled … */
  readonly disableAfterMs: number;
  /** … and how long before that its maker is told. */
  readonly announceMs: number;
  /** Attempts under way at once to one endpoint. */
  readonly endpointConcurrency: number;
  /** Attempts under way at once for subscriptions that keep up; as many again for the others and for retries. */
  readonly dispatchConcurrency: number;
  /** What one request may hold when a subscription takes batches. */
  readonly batch: BatchLimits;
  readonly parkedMost: number;
  /** Subscriptions that are kept in memory with their secrets although nothing of them waits. */
  readonly coursesMost: number;
  readonly deliveryLogDays: number;
  /** Days that a dead letter is kept. */
  readonly letterDays: number;
  /** Milliseconds that deliveries under way may take when the engine is stopped. */
  readonly drainMs: number;
}

/** What an operator counts. */
export interface EndedAttempt {
  readonly outcome: Exclude<Verdict['kind'], 'not-started'>;
  readonly milliseconds: number;
}

export interface DeliveryOptions {
  readonly settings: DeliverySettings;
  readonly database: Database;
  readonly hints: Hints;
  /** Tells every process to look at the log and the versions. */
  readonly changed: () => void;
  readonly decisions: DecisionPoint;
  readonly access: Versioned;
  /** The subject of the main unit, when the subject is a sub-unit. Throws when that is not known. */
  readonly mainUnitOf: (subject: string | null) => string | undefined;
  /** Makes known what `mainUnitOf` is asked for next; left out when everything is known. Rejects when it cannot. */
  readonly learnMainUnits?: (subjects: Iterable<string | null>) => Promise<void> | void;
  readonly openSecret: (subscription: number, sealed: Uint8Array) => WebhookSecret;
  /** The key of the house that signs now, whose public half is published. */
  readonly publishedKey: () => WebhookSecret;
  readonly cursorOf: (position: number) => string;
  readonly send: (url: string, request: DeliveryRequest, mayStart: () => boolean) => Promise<SendResult>;
  /** A UUID for the process and for each handshake. */
  readonly newId: () => string;
  readonly random: () => number;
  readonly sourceBase: string;
  /** An attempt has ended. */
  readonly attempted?: (attempt: EndedAttempt) => void;
  readonly log: Log;
  readonly reach: Reach;
}
