import type { Random } from '../../access/xacml/random.ts';
import { OWNER_DIALOGS } from './bodies.ts';
import type { Kind, Malformed, Stage } from './kind.ts';

function patch(stage: Stage, body: string, contentType = 'application/json-patch+json'): Malformed {
  const target = `${OWNER_DIALOGS}/${stage.dialog}`;
  return {
    request: { method: 'PATCH', target, token: stage.tokens.owner, contentType, body },
    contract: 'dialogporten',
  };
}

function patchKind(name: string, operations: (random: Random) => unknown, neverValid = true): Kind {
  return {
    name,
    neverValid,
    make: (random, stage) => patch(stage, JSON.stringify(operations(random))),
  };
}

const POINTERS = [
  '/nothing/here',
  '/content/title/value/9',
  '/content/title/value/-1',
  '/content/title/value/1e0',
  '/searchTags/99',
  '/content/title/value/00',
  '/progress/x',
  '/~2',
  '/~',
  '/content/~01',

  '//',
  '/content//title',
  ' /progress',
  '/\u0000',
  `/${'x/'.repeat(5000)}`,
  '/searchTags/99999999999999999999',
];
const INHERITED = [
  '/__proto__/x',
  '/constructor/prototype/x',
  '/content/__proto__',
  '/toString',
  '/content/title/value/length',
];

const WRONG_VALUES = [
  { path: '/progress', value: 'x' },
  { path: '/progress', value: 1e300 },
  { path: '/status', value: 'Nothing' },

  { path: '/content', value: [] },
  { path: '/content/title', value: null },
  { path: '/dueAt', value: 'now' },

  { path: '/process', value: 'x' },
  { path: '/searchTags', value: {} },
  { path: '', value: [] },

  { path: '', value: 'x' },
  { path: '/activities/-', value: {} },
  { path: '/transmissions/-', value: 1 },

  { path: '/transmissions/-', value: { type: 'Information' } },
  { path: '/guiActions', value: [{}] },

  { path: '/externalReference', value: 'a\u0000b' },
  { path: '/extendedStatus', value: '\ud800' },
];

const NO_OPERATIONS = [
  {},
  'x',
  1,
  null,
  [1],
  ['x'],
  [null],
  [[]],
  [{}],
  [{ op: 'add' }],
  [{ path: '/progress' }],
  [{ op: 'spam', path: '/progress' }],
  [{ op: 1, path: 2 }],
  [{ op: 'move', path: '/progress' }],
  [{ op: 'copy', path: '/process', from: 7 }],
  [{ op: 'ADD ', path: '/progress', value: 1 }],
];

/** Faults of JSON Patch documents (RFC 6902). */
export const patchKinds: readonly Kind[] = [
  patchKind('patch: no operations', (random) => random.pick(NO_OPERATIONS)),
  patchKind('patch: pointers to nothing', (random) => [
    { op: random.pick(['remove', 'replace', 'test']), path: random.pick(POINTERS), value: 1 },
  ]),
  patchKind('patch: names of prototypes', (random) => [
    { op: random.pick(['add', 'replace', 'remove']), path: random.pick(INHERITED), value: { x: 1 } },
  ]),
  patchKind('patch: wrong values', (random) => [{ op: 'replace', ...random.pick(WRONG_VALUES) }], false),
  patchKind('patch: tests that fail', (random) => [
    { op: 'replace', path: '/progress', value: random.between(0, 100) },
    { op: 'test', path: '/progress', value: random.pick([-1, 'x', null, {}]) },
  ]),
  patchKind('patch: impossible moves', (random) => [
    random.pick([
      { op: 'move', from: '/content', path: '/content/title' },
      { op: 'move', from: '/nothing', path: '/progress' },
      { op: 'copy', from: '/searchTags/9', path: '/process' },
      { op: 'remove', path: '' },
      { op: 'remove', path: '/content' },
    ]),
  ]),
  patchKind('patch: growth without end', (random) => [
    { op: 'add', path: '/searchTags', value: [] },
    ...Array.from({ length: random.between(30, 60) }, () => ({
      op: 'copy',
      from: '',
      path: '/searchTags/-',
    })),
  ]),
  patchKind('patch: too many operations', (random) =>
    Array.from({ length: random.between(1001, 4000) }, () => ({ op: 'test', path: '/progress', value: 1 })),
  ),
  {
    name: 'patch: wrong content types',
    neverValid: true,
    make: (random, stage) => {
      const types = [
        'text/plain',
        'application/merge-patch+json',
        'application/xml',
        'x',
        '/',
        'application/json-patch',
      ];
      const operations = JSON.stringify([{ op: 'replace', path: '/progress', value: 1 }]);
      return { ...patch(stage, operations, random.pick(types)), refusedWith: [400, 415] };
    },
  },
];
