import type { IncomingHttpHeaders } from 'node:http';
import type { Identity } from '../../../access/ports.ts';
import type { PlatformApp } from '../../../access/tokens/platform-tokens.ts';
import type { Log } from '../../../lib/log.ts';
import type { PublishingOptions } from '../../../publishing/publish.ts';
import type { Feed } from '../../../reading/feed.ts';
import type { DeadLetters } from '../../../subscriptions/dead-letters.ts';
import type { DeliveryLog } from '../../../subscriptions/delivery-log.ts';
import type { Replays } from '../../../subscriptions/replays.ts';
import type { SubscriptionFlow } from '../../../subscriptions/flow.ts';
import type { Subscriptions } from '../../../subscriptions/subscriptions.ts';
import type { Authenticate } from '../../authenticate.ts';

/** Where the routes of Altinn Events stand. */
export const EVENTS = '/events/api/v1';
export const SUBSCRIPTIONS_PATH = `${EVENTS}/subscriptions`;

export interface FeedRoutesOptions {
  readonly feed: Feed;
  readonly authenticate: Authenticate;
  /** Public origin, for the `next` header. */
  readonly baseUrl: string;
}

export interface SubscriptionRoutesOptions {
  readonly subscriptions: Subscriptions;
  readonly flow: SubscriptionFlow;
  readonly deadLetters: DeadLetters;
  readonly replays: Replays;
  readonly deliveryLog: DeliveryLog;
  readonly authenticate: Authenticate;
}

export interface PublishRoutesOptions {
  readonly publishing: PublishingOptions;
  readonly authenticate: Authenticate;
  /** Counts events for whoever publishes them. Throws Failure `too-many-requests`. */
  readonly countPublished: (identity: Identity, events: number) => void;
  /** The app of the header PlatformAccessToken; undefined when there is none, or none that is accepted. */
  readonly appOf: (headers: IncomingHttpHeaders) => Promise<PlatformApp | undefined>;
  /** Answers say when the event was committed. For development and measurements only. */
  readonly serverTiming: boolean;
  readonly log: Log;
}

export type EventsRoutesOptions = FeedRoutesOptions & SubscriptionRoutesOptions & PublishRoutesOptions;
