import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import {
  type DocumentNode,
  type ExecutionArgs,
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  specifiedRules,
  validate,
  type ValidationRule,
} from 'graphql';
import { createHandler, type Handler } from 'graphql-http';
import type { Identity } from '../access/ports.ts';
import { Failure } from '../lib/errors.ts';
import type { LiveHub } from '../live/hub.ts';
import { readDialogEvents, watchDialog } from './dialog-events.ts';
import { furtherRules, parseDocument } from './document.ts';
import {
  type Accepted,
  dialogTokenOf,
  type GraphqlRequest,
  isObject,
  type Parameters,
  readAccept,
  readParameters,
} from './request.ts';
import { createSchema } from './schema.ts';
import { SseReader, streamOnce } from './sse.ts';

export interface GraphqlOptions {
  readonly hub: LiveHub;
  /** Milliseconds between signs of life on a stream. */
  readonly keepAliveMs: number;
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean;
  /**
   * The dialog that a dialog token is for, and whom it speaks for.
   *
   * @throws Failure `token-refused`
   */
  readonly verifyDialogToken: (token: string) => Promise<{ dialog: string; identity: Identity }>;
  /** Whoever sends an end user's request. Throws a Failure. */
  readonly authenticate: (headers: IncomingHttpHeaders) => Promise<unknown>;
}

/** An answer that is complete. */
export interface GraphqlAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Seconds after which a client may ask for a stream again when there is no room. */
const RETRY_AFTER = 5;

/**
 * GraphQL over HTTP for queries and mutations, GraphQL over SSE for `dialogEvents`. The operation decides which of them
 * it is, not the Accept header: clients name both in it.
 */
export class GraphqlServer implements Disposable {
  readonly #options: GraphqlOptions;
  readonly #schema = createSchema(watchDialog);
  readonly #rules: readonly ValidationRule[];
  readonly #handle: Handler<undefined, undefined>;
  readonly #streams = new Set<SseReader>();
  readonly #timer: NodeJS.Timeout;
  #isClosing = false;

  constructor(options: GraphqlOptions) {
    this.#options = options;
    const further = furtherRules(options);
    this.#rules = [...specifiedRules, ...further];
    this.#handle = createHandler({ schema: this.#schema, validationRules: further, parse: parseDocument });
    this.#timer = setInterval(() => {
      for (const stream of this.#streams) stream.keepAlive();
    }, options.keepAliveMs);
  }

  /**
   * Answers, or takes the response over for a stream and gives undefined. Then nothing has been written before, so that
   * a failure still has its status.
   *
   * @throws Failure `request-invalid`, `token-missing`, `token-refused`, `too-many-requests`
   */
  async serve(request: GraphqlRequest, response: ServerResponse): Promise<GraphqlAnswer | undefined> {
    const parameters = readParameters(request);
    const accepted = readAccept(request.headers.accept);
    const document = tryToParse(parameters.query);
    const operation = document && getOperationAST(document, parameters.operationName)?.operation;
    if (document && operation === OperationTypeNode.SUBSCRIPTION) {
      if (!accepted.stream) throw onlyAsStream();
      return this.#subscribe(request.headers, { ...parameters, document }, response);
    }
    // What cannot be read needs no token to be told so; validation is too dear for strangers.
    if (document) await this.#options.authenticate(request.headers);
    return this.#answer(request, accepted);
  }

  /** Ends all streams with `complete`; one that is still being opened ends as soon as it is. */
  [Symbol.dispose](): void {
    this.#isClosing = true;
    clearInterval(this.#timer);
    for (const stream of this.#streams) stream.end();
  }

  async #answer({ method, url, headers, body }: GraphqlRequest, accepted: Accepted): Promise<GraphqlAnswer> {
    const isStream = accepted.stream && !accepted.json;
    const accept = isStream ? 'application/json' : (headers.accept ?? '*/*');
    const [text, init] = await this.#handle({
      ...{ method, url, raw: undefined, context: undefined },
      headers: { accept, 'content-type': 'application/json; charset=utf-8' },
      body: isObject(body) ? body : null,
    });
    if (isStream) return { status: 200, ...streamOnce(text ?? '') };
    return { status: init.status, headers: init.headers ?? {}, body: text ?? '' };
  }

  async #subscribe(
    headers: IncomingHttpHeaders,
    parameters: Parameters & { readonly document: DocumentNode },
    response: ServerResponse,
  ): Promise<GraphqlAnswer | undefined> {
    const grant = await this.#options.verifyDialogToken(dialogTokenOf(headers));
    const { document, operationName, variables } = parameters;
    const faults = validate(this.#schema, document, this.#rules);
    if (faults.length > 0) return refusal(faults);
    const args: ExecutionArgs = { schema: this.#schema, document, operationName, variableValues: variables };
    const operation = await readDialogEvents(args);
    if (!('dialog' in operation)) return refusal(operation);
    if (operation.dialog !== grant.dialog.toLowerCase()) return refusal([notAuthorised()]);
    if (this.#options.hub.isFull) throw new Failure('too-many-requests', { retryAfter: RETRY_AFTER });
    // The client may have left while its token was checked; then nobody would remove the reader.
    if (!response.destroyed) this.#open(new SseReader(response, operation, grant.identity), response);
    return undefined;
  }

  #open(reader: SseReader, response: ServerResponse): void {
    const remove = this.#options.hub.add(reader);
    this.#streams.add(reader);
    response.on('close', () => {
      remove();
      this.#streams.delete(reader);
    });
    if (this.#isClosing) reader.end();
  }
}

/** The document; undefined when it is none, which whoever answers finds again and explains. */
function tryToParse(query: string): DocumentNode | undefined {
  try {
    return parseDocument(query);
  } catch {
    return undefined;
  }
}

function onlyAsStream(): Failure {
  return new Failure('request-invalid', {
    fields: { Accept: ['must take text/event-stream: a subscription is answered as a stream'] },
  });
}

function notAuthorised(): GraphQLError {
  return new GraphQLError('The dialog token is not for this dialog.', {
    extensions: { code: 'AUTH_NOT_AUTHORIZED' },
  });
}

/** A fault of the document is the stream's only message, as clients of GraphQL over SSE expect. */
function refusal(errors: readonly GraphQLError[]): GraphqlAnswer {
  return { status: 200, ...streamOnce(JSON.stringify({ errors })) };
}
