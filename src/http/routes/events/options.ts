import type { Log } from '../../../lib/log.ts';
import type { Feed } from '../../../reading/feed.ts';
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
  readonly authenticate: Authenticate;
}

export type EventsRoutesOptions = FeedRoutesOptions & SubscriptionRoutesOptions & { readonly log: Log };
