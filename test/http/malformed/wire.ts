import { once } from 'node:events';
import { connect } from 'node:net';

/** A request down to its bytes, so that it may be wrong in ways that no HTTP library lets through. */
export interface WireRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  /** Lines as they are sent, after Host, Authorization and the body's own. */
  readonly headers?: readonly string[];
  /** Bearer token; none when undefined. */
  readonly token?: string | undefined;
  readonly body?: string | Buffer;
  readonly contentType?: string;
  /** Sent instead of a request line and headers that are made of the rest. */
  readonly head?: string;
  /** The client ends its half of the connection after so many bytes. */
  readonly cutAfter?: number;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Beyond this an answer counts as never given, in milliseconds. */
const PATIENCE = 10_000;

/** Sends the bytes on a connection of their own and gives the answer. Throws when there is none in time. */
export async function send(origin: URL, request: WireRequest): Promise<WireAnswer> {
  const bytes = bytesOf(origin, request);
  const socket = connect(Number(origin.port), origin.hostname);
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(part));
  // Whoever is refused before the end of the body may be cut off while still sending: what was answered counts.
  socket.on('error', () => undefined);
  socket.setTimeout(PATIENCE, () => socket.destroy());
  socket.write(request.cutAfter === undefined ? bytes : bytes.subarray(0, request.cutAfter));
  if (request.cutAfter !== undefined) socket.end();
  await once(socket, 'close');
  return readAnswer(Buffer.concat(parts).toString('utf8'));
}

function bytesOf(origin: URL, request: WireRequest): Buffer {
  const { method, target, headers = [], token, body, contentType } = request;
  const content = typeof body === 'string' ? Buffer.from(body) : body;
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${origin.host}`,
    'Connection: close',
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
    ...(contentType === undefined ? [] : [`Content-Type: ${contentType}`]),
    ...(content === undefined ? [] : [`Content-Length: ${content.length}`]),
    ...headers,
  ];
  const head = request.head ?? `${lines.join('\r\n')}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), content ?? Buffer.alloc(0)]);
}

function readAnswer(text: string): WireAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
  if (end < 0 || !(status >= 100)) throw new Error(`no answer, but ${JSON.stringify(text.slice(0, 100))}`);
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = text.slice(end + 4);
  const isChunked = headers.get('transfer-encoding') === 'chunked';
  return { status, headers, body: isChunked ? dechunk(body) : body };
}

/** Good enough for answers whose text is ASCII or comes as one chunk. */
function dechunk(text: string): string {
  return text.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/g, '').trimEnd();
}
