import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { wallClock } from '../../src/lib/time.ts';
import { type ArrivedEvent, readEvents } from './cloud-events.ts';

/** A request as it arrived. */
export interface Arrival {
  /** Epoch milliseconds at which the request's head was there. */
  readonly at: number;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Bytes of the body, as text. */
  readonly body: string;
}

/** How the receiver answers: a status, or whatever the function does with the response. */
export type Answer = number | ((response: ServerResponse, arrival: Arrival) => void | Promise<void>);

const HANDSHAKE = 'platform.events.validatesubscription';

/** A receiver of webhooks that writes down everything and answers as it is told. */
export class Receiver implements AsyncDisposable {
  readonly arrivals: Arrival[] = [];
  #answer: (arrival: Arrival) => Answer = () => 200;
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      const at = wallClock();
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts).toString();
        receiver.#take({ at, path: request.url ?? '/', headers: request.headers, body }, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** An address of its own for each path. */
  url(path = '/'): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** Decides how events are answered from now on; handshakes always get 200. */
  answer(decide: (arrival: Arrival) => Answer): void {
    this.#answer = decide;
  }

  /** Events that arrived at the path, in order, handshakes left out. */
  events(path = '/'): ArrivedEvent[] {
    return this.arrivals
      .filter((arrival) => arrival.path === path)
      .flatMap(({ headers, body }) => readEvents(headers, body))
      .filter((event) => event['type'] !== HANDSHAKE);
  }

  handshakes(path = '/'): Arrival[] {
    return this.arrivals.filter((arrival) => arrival.path === path && isHandshake(arrival));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(arrival: Arrival, response: ServerResponse): void {
    this.arrivals.push(arrival);
    const answer = isHandshake(arrival) ? 200 : this.#answer(arrival);
    if (typeof answer === 'number') response.writeHead(answer).end();
    else void answer(response, arrival);
  }
}

function isHandshake({ headers, body }: Arrival): boolean {
  return body.includes(HANDSHAKE) || headers['ce-type'] === HANDSHAKE;
}
