import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { wallClock } from '../../src/lib/time.ts';
import type { Random } from '../stress/random.ts';
import { Idleness } from './idleness.ts';
import type { ArrivalLine, Ledger } from './ledger.ts';
import { type Carried, carriedBy } from './request-text.ts';
import { answer, type Manner, MISBEHAVIOUR, type Misbehaviour } from './manners.ts';

/** What a receiver does wrong once it has read a request, before that, instead of listening, or from now on. */
export type Fault = Misbehaviour | 'reset before processing' | 'gone' | 'gone for good';

export interface EndpointOptions {
  readonly random: Random;
  /** What it does when nothing is wrong. */
  readonly manner?: (body: string) => Manner;
}

/** An endpoint with an origin of its own, so that what it does wrong is nobody else's. */
export class Endpoint implements AsyncDisposable {
  /** Where its arrivals go; the ledger of the round. */
  ledger: Ledger | undefined;
  /** Called with each event that it has taken. */
  taken: (subscription: number, event: string) => void = () => undefined;
  readonly #options: EndpointOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #open = new Set<() => void>();
  readonly #idleness = new Idleness();
  #fault: Fault | undefined;
  #port = 0;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => this.#take(request, response));
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async open(options: EndpointOptions): Promise<Endpoint> {
    const endpoint = new Endpoint(options);
    await endpoint.#listen();
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** Behaves like this from now on. */
  async misbehave(fault: Fault): Promise<void> {
    this.#fault = fault;
    if (fault === 'gone') await this.#leave();
  }

  async behave(): Promise<void> {
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault === 'gone') await this.#listen();
    // Whoever hangs on a connection that hung before would wait for its own limit.
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Writes down what has no end yet, and goes on in another ledger. */
  turnTo(ledger: Ledger): void {
    for (const end of [...this.#open]) end();
    this.ledger = ledger;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#idleness[Symbol.dispose]();
    if (this.#server.listening) await this.#leave();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const { headers } = request;
    if (headers['budstikka-delivery'] === undefined && headers['budstikka-batch'] === undefined) {
      const status = this.#fault === 'gone for good' ? 410 : 200;
      request.resume().on('end', () => response.writeHead(status).end());
      return;
    }
    const note = this.#begin(request);
    response.on('close', () => note.end());
    if (this.#fault === 'reset before processing') {
      response.socket?.resetAndDestroy();
      return;
    }
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      note.carries(carriedBy(headers, body));
      void this.#mannerFor(body.toString())({
        response,
        random: this.#options.random,
        answers: (status) => note.answers(status),
      });
    });
  }

  #mannerFor(body: string): Manner {
    const fault = this.#fault;
    if (fault === 'gone for good') return answer(410);
    if (fault !== undefined && fault in MISBEHAVIOUR) return MISBEHAVIOUR[fault as Misbehaviour];
    return this.#options.manner?.(body) ?? answer(200);
  }

  /** The head of a request is there. It goes to the ledger once, when it has come to its end. */
  #begin({ headers }: IncomingMessage) {
    const at = wallClock();
    const isBatch = headers['budstikka-batch'] !== undefined;
    const line = {
      ...{ kind: 'arrival' as const, number: nextNumber(), at, earliest: this.#idleness.last },
      subscription: Number(headers['budstikka-subscription']),
      attempt: isBatch ? 0 : Number(headers['budstikka-attempt']),
      missing: headers['budstikka-missing'] === undefined ? null : String(headers['budstikka-missing']),
      ...{ manner: this.#fault ?? 'well', status: null as number | null, until: at },
    };
    // Nobody knows what is in a batch whose body was not read.
    let events: Pick<ArrivalLine, 'event' | 'digest'>[] = isBatch
      ? []
      : [{ event: String(headers['webhook-id']), digest: null }];
    const { ledger } = this;
    const end = (): void => {
      if (!this.#open.delete(end)) return;
      if (line.status === null) line.until = wallClock();
      for (const [index, event] of events.entries())
        ledger?.write({ ...line, ...event, number: line.number + index / 1000 });
    };
    this.#open.add(end);
    const carries = (carried: readonly Carried[]): void => {
      events = carried.map(({ id, text }) => ({ event: id, digest: hashOf(text) }));
    };
    const answers = (status: number): void => {
      line.status = status;
      line.until = wallClock();
      if (status < 300) for (const { event } of events) this.taken(line.subscription, event);
    };
    return { carries, end, answers };
  }

  #listen(): Promise<void> {
    return new Promise((resolve) =>
      this.#server.listen(this.#port, '127.0.0.1', () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      }),
    );
  }

  async #leave(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

let number = 0;

/** One count for all endpoints: arrivals of one dialog at one of them stand in the order of their heads. */
function nextNumber(): number {
  return ++number;
}
