import { newDialog, OWNER_DIALOGS } from './bodies.ts';
import type { Kind, Stage } from './kind.ts';

const BODY = JSON.stringify(newDialog());

/** A whole head, with these lines after the ordinary ones. */
function head(stage: Stage, lines: readonly string[], first = `POST ${OWNER_DIALOGS} HTTP/1.1`): string {
  return [
    first,
    `Host: ${stage.origin.host}`,
    'Connection: close',
    `Authorization: Bearer ${stage.tokens.owner}`,
    'Content-Type: application/json',
    ...lines,
    '',
    '',
  ].join('\r\n');
}

const LINES: readonly (readonly string[])[] = [
  [`Content-Length: ${BODY.length}`, `Content-Length: ${BODY.length + 1}`],
  ['Content-Length: -1'],
  ['Content-Length: x'],
  ['Content-Length: 99999999999999999999'],
  ['Content-Length: 5', 'Transfer-Encoding: chunked'],
  ['Transfer-Encoding: nonsense'],
  ['Transfer-Encoding: chunked, chunked'],
  [`Content-Length: ${BODY.length}`, 'No colon here'],
  [`Content-Length: ${BODY.length}`, ': no name'],
  [`Content-Length: ${BODY.length}`, 'Bad Name: x'],
  [`Content-Length: ${BODY.length}`, 'X-Bad: a\u0000b'],
  [`Content-Length: ${BODY.length}`, `X-Long: ${'x'.repeat(20_000)}`],
  [`Content-Length: ${BODY.length}`, 'Expect: nonsense'],
];

const FIRST_LINES = [
  `POST ${OWNER_DIALOGS} HTTP/9.9`,
  `POST ${OWNER_DIALOGS}`,
  `FOO ${OWNER_DIALOGS} HTTP/1.1`,
  `POST  HTTP/1.1`,
  `POST ${OWNER_DIALOGS}\u0000 HTTP/1.1`,
  `POST ${OWNER_DIALOGS}?${'x'.repeat(20_000)} HTTP/1.1`,
  'GARBAGE',
];

/** Messages that are no HTTP, or that end too early. */
export const httpKinds: readonly Kind[] = [
  {
    name: 'broken headers',
    neverValid: true,
    make: (random, stage) => ({
      request: { method: 'POST', target: OWNER_DIALOGS, head: head(stage, random.pick(LINES)), body: BODY },
      contract: 'http',
    }),
  },
  {
    name: 'broken request lines',
    neverValid: true,
    make: (random, stage) => ({
      request: {
        ...{ method: 'POST', target: OWNER_DIALOGS, body: BODY },
        head: head(stage, [`Content-Length: ${BODY.length}`], random.pick(FIRST_LINES)),
      },
      contract: 'http',
    }),
  },
  {
    name: 'truncated bodies',
    neverValid: true,
    make: (random, stage) => {
      const lines = head(stage, [`Content-Length: ${Buffer.byteLength(BODY)}`]);
      const cutAfter = lines.length + random.between(0, BODY.length - 1);
      return {
        request: { method: 'POST', target: OWNER_DIALOGS, head: lines, body: BODY, cutAfter },
        contract: 'http',
      };
    },
  },
  {
    name: 'broken chunks',
    neverValid: true,
    make: (random, stage) => {
      const body = random.pick([
        'zz\r\n',
        `${(9).toString(16)}\r\nabc\r\n0\r\n\r\n`,
        '-1\r\n',
        'ffffffffffffffffff\r\n',
        '\r\n\r\n',
      ]);
      return {
        request: {
          ...{
            method: 'POST',
            target: OWNER_DIALOGS,
            head: head(stage, ['Transfer-Encoding: chunked']),
            body,
          },
          cutAfter: Number.MAX_SAFE_INTEGER,
        },
        contract: 'http',
      };
    },
  },
];
