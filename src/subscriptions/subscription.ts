import type { Identity } from '../access/ports.ts';
import type { Exhaustion, Format, Order, Signing } from './manner.ts';

/** Who wants which events, and where they go. */
export interface Subscription {
  readonly id: number;
  /** Share of the subscriptions that it belongs to, 0–255. */
  readonly lane: number;
  readonly endpoint: string;
  readonly resourceFilter: string;
  readonly subjectFilter: string | null;
  readonly sourceFilter: string | null;
  readonly typeFilter: string | null;
  readonly includeSubunits: boolean;
  /** `/org/ttd`, `/user/1`, `/systemuser/…`, `/organisation/…`. */
  readonly consumer: string;
  readonly createdBy: string;
  /** The identity, scopes and authentication level it was made with; delivery decides with these. */
  readonly identity: Identity;
  /** Wire time. */
  readonly created: string;
  readonly validated: boolean;
  readonly handshakeAttempt: number;
  /** Milliseconds until the next handshake is due, as of the read; null when none is. */
  readonly handshakeInMs: number | null;
  readonly state: 'active' | 'paused' | 'disabled';
  /** Why it is not active: `consumer`, or what its endpoint did. */
  readonly stateReason: string | null;
  /** Where it has been sent and has not gone yet. */
  readonly seek: { readonly number: number; readonly position: number } | null;
  /** Where it began to listen. */
  readonly startPosition: number;
  readonly ordering: Order;
  readonly onExhausted: Exhaustion;
  /** Raised with everything that its maker asks for about what it has not got. */
  readonly recovery: number;
  /** Seconds before each further attempt; null is the documented schedule. */
  readonly retrySchedule: readonly number[] | null;
  readonly format: Format;
  readonly signing: Signing;
  readonly deleted: boolean;
  readonly version: number;
}

/** What decides whether two subscriptions are twins, and what an event is matched against. */
export interface SubscriptionFilter {
  readonly endpoint: string;
  readonly resourceFilter: string;
  readonly subjectFilter: string | null;
  readonly sourceFilter: string | null;
  readonly typeFilter: string | null;
  readonly includeSubunits: boolean;
}

/** Whether resource belongs to an app: its events are judged by the app's own policy. */
export function isAppResource(resource: string): boolean {
  return resource.toLowerCase().startsWith('urn:altinn:resource:app_');
}
