import { integer } from './kinds.ts';
import { setting } from './setting.ts';

const count = integer({ min: 0, max: 1_000_000 });

/** What one caller may take of one process; 0 takes the limit away. */
export const limits = {
  requestsPerSecond: setting('LIMIT_REQUESTS_PER_S', count, {
    default: '5000',
    about: 'Requests a second of one caller; 0 is no limit.',
  }),
  publishedPerSecond: setting('LIMIT_PUBLISHED_PER_S', count, {
    default: '5000',
    about: 'Events a second that one caller may publish; 0 is no limit.',
  }),
  streams: setting('LIMIT_STREAMS', count, {
    default: '1000',
    about: 'Live streams that one caller may hold; 0 is no limit.',
  }),
  subscriptions: setting('LIMIT_SUBSCRIPTIONS', count, {
    default: '10000',
    about: 'Subscriptions that one consumer may have; 0 is no limit. A list shows 10,000.',
  }),
} as const;
