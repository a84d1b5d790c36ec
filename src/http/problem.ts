import type { ErrorKind, Failure } from '../lib/errors.ts';

/** The only place where the kind of a failure becomes a status. */
const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  conflict: 409,
  gone: 410,
  'too-slow': 408,
  precondition: 412,
  'too-large': 413,
  unsupported: 415,
  unprocessable: 422,
  'too-many': 429,
  'head-too-large': 431,
  internal: 500,
  // A program that has not started answers nobody.
  startup: 500,
  unavailable: 503,
};

/** The paragraph of RFC 9110 or another specification that a status is defined in. */
const MEANING: Readonly<Record<number, string>> = {
  400: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.1',
  401: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2',
  403: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.4',
  404: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.5',
  408: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9',
  409: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.10',
  410: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.11',
  412: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.13',
  413: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.14',
  415: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.16',
  422: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.21',
  429: 'https://www.rfc-editor.org/rfc/rfc6585#section-4',
  431: 'https://www.rfc-editor.org/rfc/rfc6585#section-5',
  500: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.6.1',
  503: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.6.4',
};

/** What an answer says about the request it failed. */
export interface ProblemContext {
  readonly status: number;
  /** Path of the request, without its query. */
  readonly instance: string;
  readonly traceId: string;
}

export interface Rendered {
  readonly contentType: string;
  readonly body: string;
}

/** How a group of routes shows its failures. */
export type ProblemRenderer = (failure: Failure, context: ProblemContext) => Rendered;

export function statusOf(failure: Failure): number {
  return STATUS[failure.kind];
}

/** Headers of the answer: what the failure brings, and what its status asks for. */
export function headersOf(failure: Failure): Readonly<Record<string, string>> {
  const { headers, retryAfter } = failure.options;
  return {
    ...headers,
    ...(retryAfter !== undefined && { 'Retry-After': String(Math.ceil(retryAfter)) }),
    ...(failure.kind === 'unauthenticated' && { 'WWW-Authenticate': 'Bearer' }),
  };
}

const PROBLEM = 'application/problem+json; charset=utf-8';

/** Problem details (RFC 9457) as Dialogporten writes them, with our code and whatever members the failure brings. */
export const dialogportenProblem: ProblemRenderer = (failure, { status, instance, traceId }) => {
  const { detail, fields, members } = failure.options;
  const body = {
    type: MEANING[status] ?? 'about:blank',
    title: failure.title,
    status,
    detail,
    instance,
    traceId,
    code: failure.code,
    errors: fields,
    ...members,
  };
  return { contentType: PROBLEM, body: JSON.stringify(body) };
};

/** Problem details as Altinn Events writes them. */
export const eventsProblem: ProblemRenderer = (failure, { status, traceId }) => {
  const { detail, fields, members } = failure.options;
  const type = MEANING[status] ?? 'about:blank';
  const body = {
    type,
    title: failure.title,
    status,
    detail,
    traceId,
    code: failure.code,
    errors: fields,
    ...members,
  };
  return { contentType: PROBLEM, body: JSON.stringify(body) };
};

/** A JSON string and nothing else, which is what some older endpoints of Altinn Events answer with. */
export const bareString: ProblemRenderer = (failure) => ({
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify(failure.options.detail ?? failure.title),
});
