import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';
import { createHandler, type Handler } from 'graphql-http';
import type { Identity } from '../access/ports.ts';
import { Failure, toError } from '../lib/errors.ts';
import type { LiveHub } from '../live/hub.ts';
import { type DialogEventsOperation, readDialogEvents } from './dialog-events.ts';
import { createSchema, type RootFields } from './schema.ts';
import { SseReader } from './sse.ts';

export interface GraphqlOptions {
  readonly hub: LiveHub;
  /** Milliseconds between signs of life on a stream. */
  readonly keepAliveMs: number;
  readonly fields: RootFields;
  /**
   * The dialog that a dialog token is for, and whom it speaks for.
   *
   * @throws Failure `token-refused`
   */
  readonly verifyDialogToken: (token: string) => Promise<{ dialog: string; identity: Identity }>;
  /** Whoever sends an end user's request. Throws a Failure. */
  readonly authenticate: (headers: IncomingHttpHeaders) => Promise<unknown>;
}

/** A request with its body read. */
export interface GraphqlRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** An answer that is not a stream. */
export interface GraphqlAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

interface Parameters {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown>;
}

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/** Seconds after which a client may ask for a stream again when there is no room. */
const RETRY_AFTER = 5;
/** Largest document, in characters. */
const DOCUMENT_MOST = 100_000;

/** GraphQL over HTTP: queries and mutations as JSON, `dialogEvents` as a stream of server-sent events. */
export class GraphqlServer implements Disposable {
  readonly #options: GraphqlOptions;
  readonly #schema: GraphQLSchema;
  readonly #handle: Handler<undefined, undefined>;
  readonly #streams = new Set<SseReader>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: GraphqlOptions) {
    this.#options = options;
    this.#schema = createSchema(options.fields);
    this.#handle = createHandler({ schema: this.#schema });
    this.#timer = setInterval(() => {
      for (const stream of this.#streams) stream.keepAlive();
    }, options.keepAliveMs);
  }

  /** Whether the client asks for a stream. */
  wantsStream(headers: IncomingHttpHeaders): boolean {
    return headers.accept?.includes('text/event-stream') ?? false;
  }

  /** Answers a query or a mutation. */
  async answer(request: GraphqlRequest): Promise<GraphqlAnswer> {
    await this.#options.authenticate(request.headers);
    const [body, init] = await this.#handle({
      method: 'POST',
      url: '/dialogporten/graphql',
      headers: { accept: request.headers.accept ?? '*/*', 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(request.body ?? null),
      raw: undefined,
      context: undefined,
    });
    return { status: init.status, headers: init.headers ?? JSON_HEADERS, body: body ?? '' };
  }

  /**
   * Serves a subscription on the response. A fault of the document is the stream's only message, as clients of GraphQL
   * over SSE expect.
   *
   * @throws Failure before anything is written: `token-missing`, `token-refused`, `too-many-requests`
   */
  async stream(request: GraphqlRequest, response: ServerResponse): Promise<void> {
    const grant = await this.#options.verifyDialogToken(tokenOf(request.headers));
    const operation = this.#read(readParameters(request.body));
    if (!('dialog' in operation)) return refuse(response, operation);
    if (operation.dialog !== grant.dialog.toLowerCase()) return refuse(response, [notAuthorised()]);
    if (this.#options.hub.isFull) throw new Failure('too-many-requests', { retryAfter: RETRY_AFTER });
    const reader = new SseReader(response, operation, grant.identity);
    const remove = this.#options.hub.add(reader);
    this.#streams.add(reader);
    response.on('close', () => {
      remove();
      this.#streams.delete(reader);
    });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const stream of this.#streams) stream.end();
  }

  #read(parameters: Parameters): DialogEventsOperation | readonly GraphQLError[] {
    try {
      const document = parse(parameters.query);
      const faults = validate(this.#schema, document);
      if (faults.length > 0) return faults;
      return readDialogEvents(this.#schema, { ...parameters, document });
    } catch (thrown) {
      return [thrown instanceof GraphQLError ? thrown : new GraphQLError(toError(thrown).message)];
    }
  }
}

/** The dialog token, where either generation of clients puts it. */
function tokenOf(headers: IncomingHttpHeaders): string {
  const old = headers['digdir-dialog-token'];
  if (typeof old === 'string' && old !== '') return old;
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) throw new Failure('token-missing');
  return token;
}

function readParameters(body: unknown): Parameters {
  const { query, operationName, variables } = (body ?? {}) as Record<string, unknown>;
  if (typeof query !== 'string' || query.length > DOCUMENT_MOST) {
    throw new Failure('request-invalid', { fields: { query: ['A GraphQL document is required.'] } });
  }
  return {
    query,
    operationName: typeof operationName === 'string' ? operationName : undefined,
    variables:
      typeof variables === 'object' && variables !== null ? (variables as Record<string, unknown>) : {},
  };
}

function notAuthorised(): GraphQLError {
  return new GraphQLError('The dialog token is not for this dialog.', {
    extensions: { code: 'AUTH_NOT_AUTHORIZED' },
  });
}

function refuse(response: ServerResponse, errors: readonly GraphQLError[]): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  response.end(`event: next\ndata: ${JSON.stringify({ errors })}\n\nevent: complete\ndata:\n\n`);
}
