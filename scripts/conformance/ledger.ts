import type { Contract, Operation, Schema } from './contract.ts';
import { isExtra } from './reasons.ts';
import type { Sent } from './sent.ts';
import { faultsOf, type Property, propertiesOf, valuesOf } from './walk.ts';

/** What every refusal is answered with. */
export const PROBLEM: Schema = { $ref: '#/components/schemas/ProblemDetails' };

/** A value that a request had put there, or one that the server made. */
export type Origin = 'given' | 'made';

/** A request as it went out. */
export interface Request {
  readonly parameters: readonly string[];
  readonly body: unknown;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** What has been seen of one operation. */
export class OperationRecord {
  readonly operation: Operation;
  readonly #contract: Contract;
  requests = 0;
  readonly statuses = new Set<number>();
  readonly faults = new Set<string>();
  /** Members that problem details have had. */
  readonly problem = new Set<string>();
  /** Properties of the answer to success, by where they stand. */
  readonly answered = new Map<string, Origin>();
  /** Parameters, and properties of the body, that some request had. */
  readonly asked = new Set<string>();

  constructor(contract: Contract, operation: Operation) {
    this.#contract = contract;
    this.operation = operation;
  }

  /** Everything that can be asked. */
  get askable(): string[] {
    const { parameters, body } = this.operation;
    const members = body ? [...propertiesOf(this.#contract, body)] : [];
    return [...parameters.map(({ name }) => name.toLowerCase()), ...members.map(({ path }) => path)];
  }

  /** Everything that can be answered on success. */
  get answerable(): Property[] {
    const schema = this.#success();
    return schema ? [...propertiesOf(this.#contract, schema)] : [];
  }

  noteRequest({ parameters, body }: Request): void {
    this.requests += 1;
    for (const name of parameters) this.asked.add(name.toLowerCase());
    const schema = this.operation.body;
    if (schema && body !== undefined) {
      for (const { path } of valuesOf(this.#contract, schema, body)) this.asked.add(path);
    }
  }

  noteAnswer(answer: Answer, expected: number, sent: Sent): void {
    const { status, body } = answer;
    this.statuses.add(status);
    if (status !== expected) this.faults.add(`${status} where ${expected} was due: ${JSON.stringify(body)}`);
    if (status >= 400) return this.#noteProblem(answer);
    const schema = this.#success();
    if (!schema) return;
    for (const fault of faultsOf(this.#contract, schema, body)) this.faults.add(fault);
    for (const { path, name, value, isLeaf } of valuesOf(this.#contract, schema, body)) {
      const isGiven = !isLeaf || sent.has(name, value);
      if (isGiven || !this.answered.has(path)) this.answered.set(path, isGiven ? 'given' : 'made');
    }
  }

  #success(): Schema | undefined {
    return [...this.operation.answers].find(([status]) => status < 300)?.[1];
  }

  /** Errors are problem details, described or not: their status, content type and members are always the same. */
  #noteProblem({ status, headers, body }: Answer): void {
    const type = headers.get('content-type') ?? '';
    if (!/^application\/problem\+json\b/.test(type)) this.faults.add(`${status} comes as ${type}`);
    for (const { path } of valuesOf(this.#contract, PROBLEM, body)) this.problem.add(path);
    for (const fault of problemFaults(this.#contract, status, body)) this.faults.add(`${status}: ${fault}`);
  }
}

const MEMBERS = ['type', 'title', 'status', 'instance', 'traceId'];

function* problemFaults(contract: Contract, status: number, body: unknown): Iterable<string> {
  const problem = Object(body) as { readonly [member: string]: unknown };
  for (const fault of faultsOf(contract, PROBLEM, body)) {
    if (!isExtra(fault)) yield fault;
  }
  for (const member of MEMBERS) if (problem[member] === undefined) yield `${member} is missing`;
  if (problem['status'] !== status) yield `says ${String(problem['status'])}`;
  if (status === 400 && problem['errors'] === undefined && problem['detail'] === undefined)
    yield 'says nothing of what is wrong';
}
