import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  specifiedRules,
  validate,
  type ValidationRule,
} from 'graphql';
import { hasScope } from '../access/caller.ts';
import type { Identity } from '../access/ports.ts';
import { END_USER_SCOPES } from '../dialogs/caller.ts';
import { parseAcceptLanguage } from '../dialogs/languages.ts';
import type { DialogsOptions } from '../dialogs/options.ts';
import { Failure } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { LiveHub } from '../live/hub.ts';
import { answer, type GraphqlAnswer } from './answer.ts';
import { type DialogEventsOperation, readDialogEvents } from './dialog-events.ts';
import { type DocumentRules, furtherRules, parseDocument } from './document.ts';
import { executeOperation } from './execute.ts';
import { type Accepted, dialogTokenOf, type GraphqlRequest, readAccept, readParameters } from './request.ts';
import { createSchema } from './schema.ts';
import { SseReader } from './sse.ts';

export interface GraphqlOptions extends DocumentRules {
  readonly hub: LiveHub;
  /** What queries and mutations are asked of. */
  readonly dialogs: DialogsOptions;
  readonly log: Log;
  /** Milliseconds between signs of life on a stream. */
  readonly keepAliveMs: number;
  /** The most that a query or a mutation may cost. */
  readonly costMost: number;
  /**
   * The dialog that a dialog token is for, and whom it speaks for.
   *
   * @throws Failure `token-refused`
   */
  readonly verifyDialogToken: (token: string) => Promise<{ dialog: string; identity: Identity }>;
  /** Whoever sends an end user's request. Throws a Failure. */
  readonly authenticate: (headers: IncomingHttpHeaders) => Promise<{ readonly identity: Identity }>;
}

/** A query or a mutation, and who sends it. */
interface Asked {
  readonly request: GraphqlRequest;
  readonly identity: Identity;
}

/** Seconds after which a client may ask for a stream again when there is no room. */
const RETRY_AFTER = 5;
/** A fault of a subscription is the stream's only message, as clients of GraphQL over SSE expect. */
const AS_STREAM: Accepted = { stream: true, json: false, graphqlJson: false };
const ONLY_BY_POST: GraphqlAnswer = { status: 405, headers: { allow: 'POST' }, body: '' };

/**
 * GraphQL over HTTP for queries and mutations, GraphQL over SSE for `dialogEvents`. The operation decides which of them
 * it is, not the Accept header: clients name both in it.
 */
export class GraphqlServer implements Disposable {
  readonly #options: GraphqlOptions;
  readonly #schema = createSchema();
  readonly #rules: readonly ValidationRule[];
  readonly #streams = new Set<SseReader>();
  readonly #timer: NodeJS.Timeout;
  #isClosing = false;

  constructor(options: GraphqlOptions) {
    this.#options = options;
    this.#rules = [...specifiedRules, ...furtherRules(options)];
    this.#timer = setInterval(() => {
      for (const stream of this.#streams) stream.keepAlive();
    }, options.keepAliveMs);
  }

  /**
   * Answers, or takes the response over for a stream and gives undefined. Nothing has been written before that, so a
   * failure still has its status.
   *
   * @throws Failure `request-invalid`, `token-missing`, `token-refused`, `too-many-requests`
   */
  async serve(request: GraphqlRequest, response: ServerResponse): Promise<GraphqlAnswer | undefined> {
    const { query, operationName, variables } = readParameters(request);
    const accepted = readAccept(request.headers.accept);
    const document = tryToParse(query);
    if (document instanceof GraphQLError) return answer({ errors: [document] }, accepted);
    const args = { schema: this.#schema, document, operationName, variableValues: variables };
    const operation = getOperationAST(document, operationName)?.operation;
    if (operation === OperationTypeNode.SUBSCRIPTION) {
      if (!accepted.stream) throw onlyAsStream();
      return this.#subscribe(request.headers, args, response);
    }
    const { identity } = await this.#options.authenticate(request.headers);
    if (operation === OperationTypeNode.MUTATION && request.method !== 'POST') return ONLY_BY_POST;
    return answer(await this.#execute(args, { request, identity }), accepted);
  }

  /** Ends all streams with `complete`; one that is still being opened ends as soon as it is. */
  [Symbol.dispose](): void {
    this.#isClosing = true;
    clearInterval(this.#timer);
    for (const stream of this.#streams) stream.end();
  }

  async #execute(args: ExecutionArgs, { request, identity }: Asked): Promise<ExecutionResult> {
    const faults = validate(args.schema, args.document, this.#rules);
    if (faults.length > 0) return { errors: faults };
    if (!END_USER_SCOPES.some((scope) => hasScope(identity, scope))) return { errors: [scopeMissing()] };
    const { dialogs, costMost, log } = this.#options;
    const { trace } = request;
    const languages = parseAcceptLanguage(request.headers['accept-language']);
    const context = { dialogs, identity, languages, trace: trace.parent };
    return executeOperation(args, { context, costMost, log, traceId: trace.id });
  }

  async #subscribe(
    headers: IncomingHttpHeaders,
    args: ExecutionArgs,
    response: ServerResponse,
  ): Promise<GraphqlAnswer | undefined> {
    const grant = await this.#options.verifyDialogToken(dialogTokenOf(headers));
    const operation = await this.#readSubscription(args, grant.dialog.toLowerCase());
    if (!('dialog' in operation)) return answer({ errors: operation }, AS_STREAM);
    if (!this.#options.hub.hasRoomFor(grant.identity)) {
      throw new Failure('too-many-requests', { retryAfter: RETRY_AFTER });
    }
    // The client may have left while its token was checked; then nobody would remove the reader.
    if (!response.destroyed) this.#open(new SseReader(response, operation, grant.identity), response);
    return undefined;
  }

  async #readSubscription(
    args: ExecutionArgs,
    granted: string,
  ): Promise<DialogEventsOperation | readonly GraphQLError[]> {
    const faults = validate(args.schema, args.document, this.#rules);
    if (faults.length > 0) return faults;
    const operation = await readDialogEvents(args);
    return 'dialog' in operation && operation.dialog !== granted ? [notAuthorised()] : operation;
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

function tryToParse(query: string | undefined): DocumentNode | GraphQLError {
  if (query === undefined) return documentsAreNotKept();
  try {
    return parseDocument(query);
  } catch (thrown) {
    if (!(thrown instanceof GraphQLError)) throw thrown;
    return thrown;
  }
}

function onlyAsStream(): Failure {
  return new Failure('request-invalid', {
    fields: { Accept: ['must take text/event-stream: a subscription is answered as a stream'] },
  });
}

/** In the words by which a client knows to send the document, and from then on to send no hash. */
function documentsAreNotKept(): GraphQLError {
  return new GraphQLError('PersistedQueryNotSupported', {
    extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' },
  });
}

function notAuthorised(): GraphQLError {
  return unauthorised('The dialog token is not for this dialog.');
}

function scopeMissing(): GraphQLError {
  return unauthorised(`One of these scopes is needed: ${END_USER_SCOPES.join(', ')}.`);
}

/** With the code that clients of the published API look for. */
function unauthorised(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'AUTH_NOT_AUTHORIZED' } });
}
