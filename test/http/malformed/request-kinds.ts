import type { Random } from '../../access/xacml/random.ts';
import { newDialog, OWNER_DIALOGS } from './bodies.ts';
import type { Kind, Malformed, Stage } from './kind.ts';
import type { WireRequest } from './wire.ts';

const USER_DIALOGS = '/dialogporten/api/v1/enduser/dialogs';
const JSON_TYPE = 'application/json';

function kind(name: string, neverValid: boolean, make: (random: Random, stage: Stage) => Malformed): Kind {
  return { name, neverValid, make };
}

const of = (request: WireRequest, more: Partial<Malformed> = {}): Malformed => ({
  request,
  contract: 'dialogporten',
  ...more,
});

const TYPES = [
  'text/plain',
  'application/xml',
  'multipart/form-data',
  'application/x-www-form-urlencoded',
  'x',
  '/',
];
const METHODS = ['PATCH', 'DELETE', 'PUT', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH'];
const BAD_IDS = [
  '1',
  'x',
  '%00',
  '%ff',
  '00000000',
  'urn:uuid:x',
  '..%2f..',
  '%20',
  '*',
  '01a20969-25e6-701d-a871',
];
const REVISIONS = [
  'x',
  '"',
  '""',
  'W/"x"',
  '"a", "b"',
  '0',
  '00000000-0000-0000-0000',
  '*, *',
  'null',
  '\u00ff\u00fe',
];
const TRICKS = [
  '/..',
  '/%2e%2e/%2e%2e/x',
  '%00',
  '/%c0%af',
  '/%',
  '/%zz',
  '/..%5c',
  ';a=b',
  '/\u00ff\u00fe',
  '/./.',
];

const QUERIES = [
  'limit=0',
  'limit=-1',
  'limit=1001',
  'limit=x',
  'limit=1e3',
  'limit=99999999999999999999',
  'limit=1.5',
  'orderBy=nothing',
  'orderBy=createdAt_x',
  'orderBy=id_asc,,',
  "orderBy=id';--",
  'orderBy=%00',
  'continuationToken=x',
  'continuationToken=%00',
  'continuationToken=a,b,c,d,e',
  'continuationToken=1;2',
  'createdAfter=now',
  'updatedBefore=2026-13-01T00:00:00Z',
  'dueAfter=1',
  'dueBefore=%00',
  'status=Nothing',
  'systemLabel=Nothing',
  'deleted=Perhaps',
  'isContentSeen=yes',
  'excludeApiOnly=2',

  'party=%00',
  'party=%ed%a0%80',
  'externalReference=%00',
  'process=a%00b',
  'endUserId=x',
  'endUserId=%00',

  'serviceResource=%00',
  'org=%00',
  'extendedStatus=%00',
  'serviceOwnerLabels=%00',
  'serviceOwnerLabels=x*y',

  `party=${'x'.repeat(300)}`,
  'party=x&'.repeat(101),
  'status=Draft&'.repeat(101),
  'search=%00',
  '=',
  '&&&',
  '%',
  '__proto__=x',
  'constructor[prototype]=x',
  'limit[]=1',
  'limit[a]=1',
  'party[]=x',
];

const TOKENS = [
  '',
  'x',
  'a.b.c',
  '..',
  'e30.e30.e30',
  'eyJhbGciOiJub25lIn0.e30.',
  '\u00ff',
  'x'.repeat(8000),
];

function badToken(random: Random, { owner }: Stage['tokens']): string {
  const [head = '', claims = '', signature = ''] = owner.split('.');
  return random.pick([
    ...TOKENS,
    `${head}.${claims}.`,
    `${head}.${claims}.${signature.slice(1)}`,
    `${head}.${Buffer.from('{"scope":"digdir:dialogporten.serviceprovider"}').toString('base64url')}.${signature}`,
    `${claims}.${head}.${signature}`,
  ]);
}

/** Faults of requests about dialogs that do not lie in what their bodies say. */
export const requestKinds: readonly Kind[] = [
  kind('wrong content types', true, (random, { tokens }) =>
    of(
      {
        ...{ method: 'POST', target: OWNER_DIALOGS, token: tokens.owner },
        ...{ contentType: random.pick(TYPES), body: JSON.stringify(newDialog()) },
      },
      { refusedWith: [400, 415] },
    ),
  ),
  kind('wrong methods', true, (random, { tokens }) =>
    of({ method: random.pick(METHODS), target: OWNER_DIALOGS, token: tokens.owner }, { refusedWith: [404] }),
  ),
  kind('bad ids in paths', true, (random, { tokens }) => {
    const tail = random.pick([
      '',
      '/transmissions',
      '/activities',
      '/seenlog',
      `/transmissions/${random.pick(BAD_IDS)}`,
    ]);
    const [base, token] = random.pick([
      [OWNER_DIALOGS, tokens.owner] as const,
      [USER_DIALOGS, tokens.reader] as const,
    ]);
    return of(
      { method: 'GET', target: `${base}/${random.pick(BAD_IDS)}${tail}`, token },
      { refusedWith: [400, 404] },
    );
  }),
  kind('bad If-Match', false, (random, { tokens, dialog }) =>
    of({
      method: 'PATCH',
      target: `${OWNER_DIALOGS}/${dialog}`,
      token: tokens.owner,
      contentType: JSON_TYPE,
      headers: [`If-Match: ${random.pick([...REVISIONS, '00000000-0000-7000-8000-000000000000'])}`],
      body: JSON.stringify([{ op: 'replace', path: '/progress', value: random.between(0, 100) }]),
    }),
  ),
  kind('bad query parameters', false, (random, { tokens }) => {
    const [base, token] = random.pick([
      [OWNER_DIALOGS, tokens.owner] as const,
      [USER_DIALOGS, tokens.reader] as const,
    ]);
    const query = random.some(1, 3, () => random.pick(QUERIES)).join('&');
    return of({ method: 'GET', target: `${base}?${query}`, token });
  }),
  kind('tricks with paths', false, (random, { tokens, dialog }) =>
    of({
      method: 'GET',
      target: `${OWNER_DIALOGS}/${random.pick(['', dialog])}${random.pick(TRICKS)}${random.pick(['', '/', random.pick(TRICKS)])}`,
      token: tokens.owner,
    }),
  ),
  kind('bad tokens', true, (random, { tokens, dialog }) => {
    const scheme = random.pick(['Bearer ', 'Bearer', 'bearer  ', 'Basic ', '', 'Bearer Bearer ']);
    const headers = [`Authorization: ${scheme}${badToken(random, tokens)}`];
    const target = random.pick([OWNER_DIALOGS, `${USER_DIALOGS}/${dialog}`]);
    return of({ method: 'GET', target, headers }, { refusedWith: [401] });
  }),
];
