import type { Random } from '../../access/xacml/random.ts';
import { COMPANY, SERVICE } from '../../support/platform.ts';
import type { Kind } from './kind.ts';

const SUBSCRIPTIONS = '/events/api/v1/subscriptions';
const GRAPHQL = '/dialogporten/graphql';

const FINE = { endPoint: 'https://receiver.example.no/', resourceFilter: SERVICE, subjectFilter: COMPANY };
const SUBSCRIPTION_FAULTS: readonly object[] = [
  { endPoint: 7 },
  { endPoint: '' },
  { endPoint: 'x' },
  { endPoint: 'ftp://x' },
  { endPoint: 'https://10.0.0.1/' },

  { endPoint: 'https://user:pass@example.no/' },
  { endPoint: 'https://[::1]/' },
  { endPoint: `https://x/${'x'.repeat(2000)}` },

  { resourceFilter: '' },
  { resourceFilter: 'x' },
  { resourceFilter: 'urn:altinn:resource:none' },
  { resourceFilter: [] },

  { subjectFilter: '' },
  { subjectFilter: {} },
  { subjectFilter: 'urn:altinn:person:identifier-no:1' },
  { subjectFilter: '\u0000' },

  { sourceFilter: 'x' },
  { sourceFilter: 'https://ttd.apps.altinn.no/ttd/x' },
  { typeFilter: '' },
  { typeFilter: 7 },

  { typeFilter: '\u0000' },
  { typeFilter: '*'.repeat(500) },
  { includeSubunits: 'x' },
  { alternativeSubjectFilter: 'x' },

  { subjectFilter: 'x\ud800' },
  { endPoint: 'https://example.no/\u0000' },
  { endPoint: 'https://example.no:99999/' },
];
const NO_SUBSCRIPTIONS = ['', 'null', '[]', '"x"', '1', '{', '{}', '{"__proto__":{"endPoint":"x"}}'];

const DOCUMENTS: readonly unknown[] = [
  '',
  '{',
  '{ nothing }',
  'query { a { b',
  'mutation { x }',
  'subscription { x }',
  '\u0000',
  'fragment f on Query { f }',

  `{${'a{'.repeat(500)}`,
  `{ ${'a '.repeat(6000)}}`,
  '{ __schema { types { name } ',
  7,
  null,
  [],
  {},
  '#'.repeat(1000),

  'query($x: Nothing) { a }',
  'query { ...f } fragment f on Queries { ...f }',
  'subscription { dialogEvents }',

  'subscription { dialogEvents(dialogId: "x") { id } }',
  'subscription { a: dialogEvents(dialogId: 1) { id } }',
];

function subscriptionPath(random: Random): string {
  return random.pick([
    'x',
    '-1',
    '0',
    '99999999999',
    '%00',
    '1.5',
    '1e3',
    '2147483647',
    '%ff',
    '%20',
    '__proto__',
  ]);
}

/** Faults of those who subscribe, to webhooks or to a stream. */
export const subscriptionKinds: readonly Kind[] = [
  {
    name: 'bad subscriptions',
    neverValid: false,
    make: (random, { tokens }) => ({
      request: {
        ...{
          method: 'POST',
          target: SUBSCRIPTIONS,
          token: tokens.reader,
          contentType: 'application/json',
        },
        body: random.chance(0.2)
          ? random.pick(NO_SUBSCRIPTIONS)
          : JSON.stringify({ ...FINE, ...random.pick(SUBSCRIPTION_FAULTS) }),
      },
      contract: 'bare-string',
      leaves: 'subscription',
    }),
  },
  {
    name: 'bad ids of subscriptions',
    neverValid: true,
    make: (random, { tokens }) => ({
      request: {
        method: random.pick(['GET', 'DELETE']),
        target: `${SUBSCRIPTIONS}/${subscriptionPath(random)}`,
        token: tokens.reader,
      },
      contract: 'bare-string',
    }),
  },
  {
    name: 'GraphQL nonsense',
    neverValid: false,
    make: (random, { tokens }) => {
      const body = { query: random.pick(DOCUMENTS), variables: random.pick<unknown>([null, 1, 'x', [], {}]) };
      const accept = random.pick([
        '*/*',
        'text/event-stream',
        'application/json',
        'application/graphql-response+json',
        'x/y',
      ]);
      return {
        request: {
          ...{ method: 'POST', target: GRAPHQL, token: tokens.reader, contentType: 'application/json' },
          ...{ headers: [`Accept: ${accept}`], body: JSON.stringify(body) },
        },
        contract: 'graphql',
      };
    },
  },
];
