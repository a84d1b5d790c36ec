import type { WireAnswer } from './wire.ts';

/** How an answer must look: by the API that the path belongs to, or by HTTP alone when the message is no HTTP. */
export type Contract = 'dialogporten' | 'events' | 'bare-string' | 'graphql' | 'http';

const REFUSALS: Readonly<Record<Contract, readonly number[]>> = {
  dialogporten: [400, 401, 403, 404, 409, 410, 412, 413, 415, 422, 501],
  events: [400, 401, 403, 404, 410, 413, 415],
  'bare-string': [400, 401, 403, 404, 413, 415],
  graphql: [400, 401, 403, 405, 413, 415],
  http: [400, 404, 408, 413, 414, 417, 431, 505],
};

/** What must never be told: code, statements, addresses in files. */
const INSIDE = /\bat \w+.*\(|\.[tj]s:\d|node_modules|\bSELECT\b|\bINSERT\b|postgres/i;

/** What is wrong with a refusal; undefined when it is as its contract says. */
export function faultOf(answer: WireAnswer, contract: Contract, refusedWith?: readonly number[]) {
  const { status, body } = answer;
  const allowed = refusedWith ?? REFUSALS[contract];
  if (!allowed.includes(status)) return `status ${status}, not one of ${allowed.join(', ')}`;
  if (INSIDE.test(body)) return 'the answer tells of our inside';
  if (status === 401 && !answer.headers.has('www-authenticate')) return '401 without WWW-Authenticate';
  return SHAPES[contract](answer);
}

const SHAPES: Readonly<Record<Contract, (answer: WireAnswer) => string | undefined>> = {
  dialogporten: problemFault,
  events: problemFault,
  // Paths that no endpoint has, and tokens, are answered before anybody knows whose path it is.
  'bare-string': (answer) =>
    answer.headers.get('content-type') === 'application/json; charset=utf-8'
      ? stringFault(answer)
      : problemFault(answer),
  graphql: (answer) =>
    answer.headers.get('content-type')?.startsWith('application/problem+json')
      ? problemFault(answer)
      : undefined,
  http: (answer) => (answer.headers.has('content-type') ? problemFault(answer) : undefined),
};

function problemFault(answer: WireAnswer): string | undefined {
  if (answer.headers.get('content-type') !== 'application/problem+json; charset=utf-8') {
    return `content type ${answer.headers.get('content-type')}`;
  }
  const problem = readJson(answer.body) as Record<string, unknown> | undefined;
  const isWhole =
    String(problem?.['type']).startsWith('https://www.rfc-editor.org/rfc/') &&
    typeof problem?.['title'] === 'string' &&
    problem['status'] === answer.status &&
    /^[0-9a-f]{32}$/.test(String(problem['traceId'])) &&
    /^[a-z-]+$/.test(String(problem['code']));
  return isWhole ? undefined : `no problem details: ${answer.body.slice(0, 200)}`;
}

function stringFault({ body }: WireAnswer): string | undefined {
  const text = readJson(body);
  return typeof text === 'string' && text !== '' ? undefined : `no bare string: ${body.slice(0, 200)}`;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
