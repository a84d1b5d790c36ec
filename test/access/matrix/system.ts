import type { Database } from '../../../src/db/database.ts';

/** A running system that the matrix is played on, in development mode, with its database. */
export interface System {
  readonly base: string;
  readonly database: Database;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A request with a token. What fails on our side, or is no request, is no answer to who may do what: it throws. */
export async function call(system: System, token: string, request: Request): Promise<Answer> {
  const { method = 'GET', path, body, type = 'application/json', headers } = request;
  const response = await fetch(`${system.base}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': type }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status === 400 || response.status >= 500) {
    throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
  }
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, body: isJson && text !== '' ? JSON.parse(text) : text };
}

export interface Request {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A token of the development issuer. */
export async function fetchToken(
  system: System,
  kind: string,
  query: Readonly<Record<string, string>>,
): Promise<string> {
  const response = await fetch(`${system.base}/dev/token/${kind}?${new URLSearchParams(query).toString()}`);
  if (response.status !== 200) throw new Error(`${kind}: ${await response.text()}`);
  return response.text();
}
