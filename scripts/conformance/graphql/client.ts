import type { GraphQLSchema } from 'graphql';
import type { Target } from '../target.ts';
import { FieldRecord } from './ledger.ts';
import { wholeSelection } from './whole-selection.ts';

/** Whom an operation comes from. */
export type Reader = 'user' | 'weakUser' | 'nobody';

export interface Tokens extends Readonly<Record<Reader, string>> {
  readonly owner: string;
}

/** How long a change may take to be told, in milliseconds. */
const PATIENCE = 10_000;

type Arguments = Readonly<Record<string, unknown>>;

/** Asks every root field for everything that it has, and keeps what was seen. */
export class GraphqlSession {
  readonly target: Target;
  readonly records: ReadonlyMap<string, FieldRecord>;
  readonly #schema: GraphQLSchema;
  readonly #tokens: Tokens;

  constructor(target: Target, schema: GraphQLSchema, tokens: Tokens) {
    this.target = target;
    this.#schema = schema;
    this.#tokens = tokens;
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const fields = roots.flatMap((root) => Object.values(root?.getFields() ?? {}));
    this.records = new Map(fields.map((field) => [field.name, new FieldRecord(schema, field)]));
  }

  /** Asks for the field with its whole selection; what it answers. Errors outside the payload are faults. */
  async ask<Payload>(name: string, args: Arguments, as: Reader = 'user'): Promise<Payload> {
    const kind = this.#schema.getMutationType()?.getFields()[name] ? 'mutation' : 'query';
    const record = this.records.get(name)!;
    record.noteRequest(args);
    const response = await this.post(this.#tokens[as], {
      query: this.#document(kind, name),
      variables: args,
    });
    const { data, errors } = (await response.json()) as { data?: Arguments | null; errors?: unknown };
    if (errors !== undefined) record.faults.add(JSON.stringify(errors));
    record.noteAnswer(data?.[name]);
    return data?.[name] as Payload;
  }

  /** The first change that a subscription to the dialog tells, once `change` has been called. */
  async listen(dialogId: string, token: string, change: () => Promise<unknown>): Promise<void> {
    const record = this.records.get('dialogEvents')!;
    record.noteRequest({ dialogId });
    const query = this.#document('subscription', 'dialogEvents');
    const ended = new AbortController();
    const accept = { accept: 'text/event-stream' };
    const body = { query, variables: { dialogId } };
    const response = await this.post(token, body, {
      headers: accept,
      signal: AbortSignal.any([ended.signal, AbortSignal.timeout(PATIENCE)]),
    });
    await change();
    const told = await firstMessage(response);
    ended.abort();
    record.noteAnswer((told as { data?: Arguments }).data?.['dialogEvents']);
  }

  /** A request of the service owner over REST. */
  async asOwner(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.#tokens.owner}`, 'content-type': 'application/json' };
    const url = `${this.target.api}/api/v1/serviceowner${path}`;
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(url, { method, headers, ...sent });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  post(
    token: string,
    body: object,
    more: { readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {},
  ): Promise<Response> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more.headers };
    const url = `${this.target.api}/graphql`;
    return fetch(url, { ...more, method: 'POST', headers, body: JSON.stringify(body) });
  }

  #document(kind: 'query' | 'mutation' | 'subscription', name: string): string {
    const roots = {
      query: this.#schema.getQueryType(),
      mutation: this.#schema.getMutationType(),
      subscription: this.#schema.getSubscriptionType(),
    };
    const { args, type } = roots[kind]!.getFields()[name]!;
    const declared = args.map((arg) => `$${arg.name}: ${String(arg.type)}`);
    const passed = args.map((arg) => `${arg.name}: $${arg.name}`);
    const list = (texts: readonly string[]) => (texts.length > 0 ? `(${texts.join(', ')})` : '');
    return `${kind} ${list(declared)} { ${name}${list(passed)} ${wholeSelection(this.#schema, type)} }`;
  }
}

/** The data of the first event of a stream. Throws when it ends without one. */
async function firstMessage({ body }: Response): Promise<unknown> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of body ?? []) {
    text += decoder.decode(part as Uint8Array, { stream: true });
    const data = /^data: ?(.+)$/m.exec(text)?.[1];
    if (data !== undefined) return JSON.parse(data);
  }
  throw new Error('the stream ended without a message');
}
