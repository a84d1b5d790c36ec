import { SERVICE } from '../../support/platform.ts';
import type { Kind } from './kind.ts';

const EVENTS = '/events/api/v1';

const CURSORS = [
  '',
  'x',
  '-1',
  '1',
  '%00',
  'b1',
  'b1.',
  'b1....',
  'b1.x.y.z',
  'b2.0.0.0',
  'b1.00000000.1.00000000',
  '0%20',

  '99999999999999999999',
  'b1.00000000.99999999999999999999.x',
  '%ed%a0%80',
  'x'.repeat(2000),
  '%ff',
  'a%00b',
];
const FEED_MORE = [
  '',
  'size=0',
  'size=-1',
  'size=x',
  'size=1e9',
  'subject=%00',
  'type=%00',
  'type=',
  'subject=',
  'type=%25%25%25',
  'type=x&'.repeat(200),
  `subject=${'x'.repeat(5000)}`,
  'type=%5c',
  'type=a%5c%00',
  '__proto__=x',
];
const RESOURCES = [
  SERVICE,
  '',
  'x',
  'urn:altinn:resource:',
  'urn:altinn:resource:%00',
  'urn:altinn:resource:none',
];
const SUBJECTS = [
  [],
  ['Altinn-AlternativeSubject: x'],
  ['Altinn-AlternativeSubject: /person/1'],
  ['Altinn-AlternativeSubject:'],
];

/** Faults of those who read the feed. */
export const feedKinds: readonly Kind[] = [
  {
    name: 'bad cursors and filters',
    neverValid: false,
    make: (random, { tokens }) => {
      const query = [
        `resource=${random.pick(RESOURCES)}`,
        `after=${random.pick(CURSORS)}`,
        random.pick(FEED_MORE),
      ];
      return {
        request: {
          ...{
            method: 'GET',
            target: `${EVENTS}/events?${random.shuffled(query).join('&')}`,
            token: tokens.reader,
          },
          headers: random.pick(SUBJECTS),
        },
        contract: 'events',
      };
    },
  },
  {
    name: 'filters of the feed',
    neverValid: false,
    make: (random, { tokens }) => ({
      request: {
        method: 'GET',
        target: `${EVENTS}/events?resource=${SERVICE}&after=0&${random.pick(FEED_MORE)}`,
        token: tokens.reader,
      },
      contract: 'events',
    }),
  },
];
