import type { IncomingHttpHeaders } from 'node:http';
import { Failure } from '../lib/errors.ts';

/** A request whose body has been read. */
export interface GraphqlRequest {
  readonly method: string;
  /** Path and query string: a GET has its parameters there. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body?: unknown;
  /** The trace that it belongs to: what is shown, and the parent of what it causes. */
  readonly trace: { readonly id: string; readonly parent: string };
}

/** What a client asks for (GraphQL over HTTP, "Request Parameters"). */
export interface Parameters {
  /** Undefined when the client sends no more than the hash of a document that it hopes we have kept. */
  readonly query: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** @throws Failure `request-invalid` */
export function readParameters(request: GraphqlRequest): Parameters {
  const given = request.method === 'GET' ? fromUrl(request.url) : request.body;
  if (!isObject(given)) refuse('$', 'must be an object with a query');
  const { query, operationName } = given;
  if (isHashAlone(given)) return { query: undefined, operationName: undefined, variables: {} };
  if (typeof query !== 'string' || query === '') refuse('query', 'must be a GraphQL document');
  if (typeof (operationName ?? '') !== 'string') refuse('operationName', 'must be text');
  const variables = given['variables'] ?? {};
  if (!isObject(variables)) refuse('variables', 'must be a JSON object');
  // Some clients send an empty name when there is only one operation.
  return { query, operationName: (operationName as string) || undefined, variables };
}

/** An "automatic persisted query" of Apollo's clients. */
function isHashAlone({ query, extensions }: Readonly<Record<string, unknown>>): boolean {
  return (query ?? '') === '' && isObject(extensions) && isObject(extensions['persistedQuery']);
}

function fromUrl(url: string): Readonly<Record<string, unknown>> {
  const start = url.indexOf('?');
  const given = new URLSearchParams(start < 0 ? '' : url.slice(start));
  const read = (name: string) => {
    const text = given.get(name);
    return text ? readJson(text) : undefined;
  };
  return { ...Object.fromEntries(given), variables: read('variables'), extensions: read('extensions') };
}

/** What an answer may be, of the media types of GraphQL over HTTP and GraphQL over SSE. */
export interface Accepted {
  readonly json: boolean;
  /** The newer of the two JSON types, which is the default when the client names it. */
  readonly graphqlJson: boolean;
  readonly stream: boolean;
}

/** Whatever the Accept header names, in any order and letter case; a weight of zero excludes. */
export function readAccept(header: string | undefined): Accepted {
  const types = (header ?? '*/*')
    .toLowerCase()
    .split(',')
    .map((one) => one.split(';').map((part) => part.trim()))
    .filter(([, ...parameters]) => !parameters.some((one) => /^q=0(\.0*)?$/.test(one)))
    .map(([type]) => type);
  const has = (...wanted: string[]) => wanted.some((type) => types.includes(type));
  const graphqlJson = has('application/graphql-response+json');
  return {
    json: graphqlJson || has('*/*', 'application/*', 'application/json'),
    graphqlJson,
    stream: has('*/*', 'text/*', 'text/event-stream'),
  };
}

/** The dialog token, where either generation of clients puts it. @throws Failure `token-missing` */
export function dialogTokenOf(headers: IncomingHttpHeaders): string {
  const old = headers['digdir-dialog-token'];
  if (typeof old === 'string' && old !== '') return old;
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) throw new Failure('token-missing');
  return token;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(field: string, message: string): never {
  throw new Failure('request-invalid', { fields: { [field]: [message] } });
}
