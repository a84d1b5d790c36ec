import type { Random } from '../../access/xacml/random.ts';
import { COMPANY, SERVICE } from '../../support/platform.ts';
import type { Kind, Malformed, Stage } from './kind.ts';

const EVENTS = '/events/api/v1';
const SINGLE = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

function cloudEvent(random: Random): Record<string, unknown> {
  return {
    specversion: '1.0',
    id: `malformed-${random.between(0, 2 ** 31)}-${random.between(0, 2 ** 31)}`,
    source: 'https://svc.example.no/cases/1',
    type: 'no.example.case.opened',
    resource: SERVICE,
    subject: COMPANY,
  };
}

/** Members to go over those of an event that is fine. */
const FAULTS: readonly object[] = [
  { specversion: '0.3' },
  { specversion: 1 },
  { id: '' },
  { id: 7 },
  { id: null },
  { source: 'has space' },

  { type: '' },
  { type: 'x'.repeat(1025) },
  { type: 'dialogporten.dialog.created.v1' },
  { type: 'platform.x' },

  { type: 'budstikka.x' },
  { resource: '' },
  { resource: 'urn:x' },
  { resource: 'urn:altinn:resource:none' },

  { subject: '' },
  { subject: '\u0000' },
  { subject: ['x'] },
  { time: 'now' },
  { time: '2026-02-30T00:00:00Z' },

  { dialogsequence: 1 },
  { budstikkax: 'x' },
  { UPPER: 'x' },
  { extra: 1.5 },
  { extra: {} },
  { extra: 2 ** 31 },

  { data_base64: 'no!' },
  { data: 1, data_base64: 'aGVp' },
  { dataschema: 'relative' },
  { datacontenttype: 7 },

  { subject: 'a\ud800' },
  { ['a'.repeat(2000)]: 'x' },
  { data: '\u0000' },
  { resourceinstance: 'x'.repeat(2000) },
];
const NO_EVENTS = ['', 'null', '[]', '{}', '"x"', '{"id":', '[1]', '{"specversion":"1.0"}'];

function post(stage: Stage, path: string, content: { type: string; body: string }): Malformed {
  return {
    request: {
      ...{ method: 'POST', target: EVENTS + path, token: stage.tokens.owner },
      ...{ contentType: content.type, body: content.body },
    },
    contract: 'events',
  };
}

/** Faults of events from outside. */
export const eventKinds: readonly Kind[] = [
  {
    name: 'bad CloudEvents',
    neverValid: false,
    make: (random, stage) => {
      const body = JSON.stringify({ ...cloudEvent(random), ...random.pick(FAULTS) });
      return { ...post(stage, '/events', { type: SINGLE, body }), leaves: 'event' };
    },
  },
  {
    name: 'no CloudEvents',
    neverValid: true,
    make: (random, stage) => post(stage, '/events', { type: SINGLE, body: random.pick(NO_EVENTS) }),
  },
  {
    name: 'bad batches',
    neverValid: true,
    make: (random, stage) => {
      const good = random.some(0, 5, () => cloudEvent(random));
      const bad = [{ ...cloudEvent(random), ...random.pick([{ id: '' }, { time: 'now' }, { resource: 7 }]) }];
      const many = Array.from({ length: 101 }, () => cloudEvent(random));
      const body = JSON.stringify(random.pick([random.shuffled([...good, ...bad]), many, { events: good }]));
      return post(stage, '/events', { type: BATCH, body });
    },
  },
  {
    name: 'events of wrong content types',
    neverValid: true,
    make: (random, stage) => {
      const types = [
        'application/json',
        'text/plain',
        'x',
        `${SINGLE}; charset=latin1`,
        'application/cloudevents',
      ];
      const content = { type: random.pick(types), body: JSON.stringify(cloudEvent(random)) };
      return { ...post(stage, '/events', content), refusedWith: [415] };
    },
  },
  {
    name: 'bad events of apps',
    neverValid: true,
    make: (random, stage) => {
      const bodies = [
        '{}',
        '',
        '[]',
        '{"type":7}',
        '{"type":"x","subject":""}',
        '{"type":"a","source":"x"}',
        'x',
      ];
      const made = post(stage, '/app', { type: 'application/json', body: random.pick(bodies) });
      const headers = random.pick([
        [`PlatformAccessToken: ${stage.tokens.app}`],
        ['PlatformAccessToken: x'],
        [],
      ]);
      return { ...made, request: { ...made.request, headers }, contract: 'bare-string' };
    },
  },
];
