import type { Random } from '../../access/xacml/random.ts';
import { bodied, newDialog, OWNER_DIALOGS, type Target, targetOf } from './bodies.ts';
import type { Kind } from './kind.ts';
import { anyPlace, namedPlace, type Place, placesOf, textPlace, withRaw } from './places.ts';

type Choose = (random: Random, body: unknown) => Place;

/** A kind that puts one of these JSON texts in one place of an otherwise valid body. */
function misplaced(name: string, choose: Choose, raws: readonly string[]): Kind {
  return bodyKind(name, (random, { body }) => withRaw(body, choose(random, body), random.pick(raws)));
}

function bodyKind(
  name: string,
  spoil: (random: Random, target: Target) => string | Buffer,
  neverValid = false,
): Kind {
  return {
    name,
    neverValid,
    make: (random, stage) => {
      const target = targetOf(random, stage);
      return bodied(target, stage, spoil(random, target));
    },
  };
}

const named =
  (...names: string[]): Choose =>
  (random, body) => {
    const found = placesOf(body, (_, place) => names.includes(String(place.at(-1))));
    return found.length > 0 ? random.pick(found) : anyPlace(random, body);
  };

const json = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value));
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const nestedObjects = (depth: number) => '{"a":'.repeat(depth) + '0' + '}'.repeat(depth);

const ENUMS = named('status', 'type', 'actorType', 'httpMethod', 'priority', 'consumerType', 'systemLabel');
const URNS = named('serviceResource', 'party', 'process', 'precedingProcess', 'extendedType', 'actorId');
const TIMES = named('dueAt', 'expiresAt', 'createdAt', 'sunsetAt');
const REQUIRED = ['serviceResource', 'party', 'title', 'sender', 'performedBy', 'type', 'status'];

const BROKEN: readonly ((text: string, random: Random) => string)[] = [
  (text, random) => text.slice(0, random.between(1, text.length - 1)),
  (text) => `${text}}`,
  (text) => `${text}${text}`,
  (text) => text.replaceAll('"', "'"),
  (text) => text.replace('{', '{,'),
  (text) => text.replace('{', '{/* */'),
  (text) => text.replace(':', '='),
  (text) => text.replace('{', '{"x":NaN,'),
  (text) => text.replace('{', '{"x":01,'),
  (text) => text.replace('{', '{"x":"\t",'),
  (text) => text.replace('{', String.raw`{"x":"\x41",`),
  (text) => text.replace('{', '{x:1,'),
];

/** Faults of JSON bodies about dialogs. */
export const bodyKinds: readonly Kind[] = [
  bodyKind('broken JSON', (random, { body }) => random.pick(BROKEN)(JSON.stringify(body), random), true),
  bodyKind('no object', (random) => random.pick(['', 'null', '[]', '"x"', '1', 'true', '[{}]', ' ']), true),
  bodyKind(
    'no UTF-8',
    (random, { body }) => {
      const bytes = Buffer.from(JSON.stringify(body));
      bytes.writeUInt8(random.pick([0xff, 0xc0, 0x80, 0xed]), random.between(1, bytes.length - 2));
      return bytes;
    },
    true,
  ),
  misplaced('wrong types', anyPlace, [...json([1, true, 'x', [], {}, [[]], [null], null]), '-0', '1.5']),
  misplaced('unknown enums', ENUMS, json(['Nothing', '', 'In Progress', '0', 'InProgress\u00a0', 'é', 1])),
  bodyKind('too long', (random, { body }) => {
    const long = random.pick(['x', 'é', '😀']).repeat(random.pick([256, 1024, 5000, 100_000]));
    return withRaw(body, textPlace(random, body), JSON.stringify(long));
  }),
  misplaced(
    'bad URNs',
    URNS,
    json(['', ' ', 'urn:', 'urn:x', 'x', 'urn::::', 'http://[', 'urn:altinn:person:1']),
  ),
  misplaced(
    'bad URLs',
    named('url'),
    json([
      '',
      'x',
      'http://example.no',
      'javascript:alert(1)',
      'https://',
      'https://[::',
      'file:///etc/passwd',
    ]),
  ),
  misplaced(
    'bad dates',
    TIMES,
    json([
      '',
      'now',
      '2026-02-30T00:00:00Z',
      '9999-99-99T99:99:99Z',
      '2098-01-01',
      '2098-01-01T00:00:00',
      0,
    ]).concat(json(['+292278-01-01T00:00:00Z', '0000-01-01T00:00:00Z', '2098-01-01T24:00:00+99:99'])),
  ),
  bodyKind('bad ids', (random, { body }) => {
    const ids = [
      '',
      'x',
      '00000000-0000-0000-0000-000000000000',
      'urn:uuid:01a20969-25e6-701d-a871-c088d15c788c',
    ];
    const bad = [...ids, '01a20969-25e6-401d-a871-c088d15c788c', 'ffffffff-ffff-7fff-bfff-ffffffffffff'];
    return JSON.stringify({ id: random.pick(bad), ...body });
  }),
  misplaced('huge numbers', named('progress'), [
    '1e400',
    '-1e400',
    '9007199254740993',
    '101',
    '-1',
    '50.5',
    '1e-400',
  ]),
  misplaced('deep nesting', anyPlace, [
    nested(500),
    nested(20_000),
    nestedObjects(500),
    nestedObjects(20_000),
  ]),
  misplaced('unfit characters', textPlace, [
    String.raw`"a\u0000b"`,
    String.raw`"\ud800"`,
    String.raw`"\udc00x"`,
    String.raw`"\ud800\ud800"`,
  ]),
  misplaced('long lists', anyPlace, [
    JSON.stringify(Array(6000).fill(0)),
    JSON.stringify(Array(101).fill('x')),
  ]),
  bodyKind('missing members', (random, { body }) => {
    const place = namedPlace(
      random,
      body,
      REQUIRED.filter((name) => JSON.stringify(body).includes(`"${name}"`)),
    );
    return withRaw(body, place, 'null');
  }),
  bodyKind('members named twice', (random, { body }) => {
    const member = random.pick(['"party":1', '"CONTENT":null', '"status":"x"', '"type":[]', '"sender":{}']);
    const text = JSON.stringify(body);
    return random.chance(0.5) ? text.replace('{', `{${member},`) : text.replace(/\}$/, `,${member}}`);
  }),
  bodyKind('names of prototypes', (random, { body }) => {
    const name = random.pick(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']);
    const value = random.pick(['{"isApiOnly":true}', 'null', '[]', '{"prototype":{"x":1}}', '"x"']);
    // What only a prototype has is not given.
    if (random.chance(0.3)) return `{${JSON.stringify(name)}:${JSON.stringify(body)}}`;
    return JSON.stringify(body).replaceAll('{', () => `{${JSON.stringify(name)}:${value},`);
  }),
  {
    name: 'oversize bodies',
    neverValid: true,
    make: (random, stage) => {
      const target: Target = { method: 'POST', path: OWNER_DIALOGS, body: {}, isCreation: true };
      const length = random.pick([1_000_001, 1_500_000]);
      const text = JSON.stringify({ ...newDialog(), externalReference: 'x'.repeat(length) });
      return { ...bodied(target, stage, text), refusedWith: [413] };
    },
  },
];
