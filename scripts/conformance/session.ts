import { type Actor, fetchTokens } from './actors.ts';
import type { Contract, Operation } from './contract.ts';
import { type Answer, OperationRecord } from './ledger.ts';
import { Sent } from './sent.ts';
import type { Target } from './target.ts';

type Texts = Readonly<Record<string, string>>;
type Query = Readonly<Record<string, string | readonly string[]>>;

/** A request, by the published name of its operation. */
export interface Ask {
  readonly as: Actor;
  readonly params?: Texts;
  readonly query?: Query;
  readonly body?: unknown;
  readonly headers?: Texts;
  /** Status that is due; success when left out. */
  readonly expect?: number;
}

/** Plays requests against the system under test and keeps what was seen. */
export class Session {
  readonly target: Target;
  readonly contract: Contract;
  readonly records: ReadonlyMap<string, OperationRecord>;
  readonly #tokens: ReadonlyMap<Actor, string>;
  readonly #sent = new Sent();

  constructor(target: Target, contract: Contract, tokens: ReadonlyMap<Actor, string>) {
    this.target = target;
    this.contract = contract;
    this.#tokens = tokens;
    // Who asks stands in the answers as well: as an owner, as a reader.
    this.#sent.note('', [target.owner, { urn: target.resource, id: target.resource.split(':').at(-1) }]);
    this.#sent.note('actorId', `urn:altinn:person:identifier-no:${target.person}`);
    this.records = new Map(
      [...contract.operations].map(([id, operation]) => [id, new OperationRecord(contract, operation)]),
    );
  }

  static async open(target: Target, contract: Contract): Promise<Session> {
    return new Session(target, contract, await fetchTokens(target));
  }

  /** Sends the request and checks the answer. A fault is noted, never thrown: the rest is played all the same. */
  async play(id: string, ask: Ask): Promise<Answer> {
    const operation = this.contract.operation(id);
    const record = this.records.get(id)!;
    const { params = {}, query = {}, headers = {}, body } = ask;
    const parameters = [params, query, headers].flatMap((each) => Object.keys(each));
    record.noteRequest({ parameters, body });
    for (const part of [params, query, body]) this.#sent.note('', part);
    const answer = await this.#send(operation, ask);
    const success = [...operation.answers.keys()].find((status) => status < 300) ?? 200;
    record.noteAnswer(answer, ask.expect ?? success, this.#sent);
    return answer;
  }

  async #send(
    operation: Operation,
    { as, params = {}, query = {}, headers = {}, body }: Ask,
  ): Promise<Answer> {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(params[name] ?? ''),
    );
    const search = new URLSearchParams(
      Object.entries(query).flatMap(([name, value]) =>
        [value].flat().map((each) => [name, each] as [string, string]),
      ),
    );
    const token = this.#tokens.get(as);
    const response = await fetch(`${this.target.api}${path}?${search}`, {
      method: operation.method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      ...{ status: response.status, headers: response.headers },
      body: isJson && text !== '' ? (JSON.parse(text) as unknown) : text,
    };
  }
}
