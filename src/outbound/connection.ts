import type { Socket } from 'node:net';
import { Client } from 'undici';
import type { Connector } from './connector.ts';
import type { Carrier, Exchange } from './exchange.ts';

export interface ConnectionOptions {
  /** `https://host:port` */
  readonly origin: string;
  readonly connector: Connector;
  /** Milliseconds that an idle connection stays open, when the receiver names no time of its own. */
  readonly keepAlive: number;
}

/** Who has the connection. */
export interface ConnectionOwner {
  /** Its exchange is over: one of `free` and `lost` follows within a turn or two of the event loop. */
  finishing(connection: Connection): void;
  /** It can carry the next exchange. */
  free(connection: Connection): void;
  /** Its socket is closed or closing. It is never used again. */
  lost(connection: Connection): void;
}

type State = 'idle' | 'busy' | 'finishing' | 'lost';

const MAX_KEEP_ALIVE = 120_000;
const MAX_HEADER_BYTES = 16_384;

/**
 * One socket to an origin: an undici client that carries one exchange at a time.
 *
 * Not undici's own pool: there a connection that failed goes on serving the queue outside the pool's count and is not
 * closed with it, and nothing tells whether a socket was used before. The client's `drain` says that it can take the next
 * request, its `disconnect` that the socket is gone. All timeouts are the exchange's: undici's own are good to a second.
 */
export class Connection implements Carrier {
  readonly #client: Client;
  readonly #owner: ConnectionOwner;
  #socket: Socket | undefined;
  #exchange: Exchange | undefined;
  #state: State = 'idle';
  #served = 0;
  #closed: Promise<void> = Promise.resolve();

  constructor(options: ConnectionOptions, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#client = new Client(options.origin, {
      connect: (target, callback) => {
        this.#served = 0;
        this.#socket = options.connector.dial(target, callback);
      },
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: options.keepAlive,
      keepAliveMaxTimeout: Math.max(options.keepAlive, MAX_KEEP_ALIVE),
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    this.#client.on('drain', () => this.#drained());
    this.#client.on('disconnect', () => this.#disconnected());
    this.#client.on('connectionError', () => this.drop());
  }

  get reused(): boolean {
    return this.#served > 0;
  }

  carry(exchange: Exchange): void {
    this.#state = 'busy';
    this.#exchange = exchange;
    exchange.begin(this);
    this.#client.dispatch(exchange.request, exchange);
  }

  finished(): void {
    if (this.#state !== 'busy') return;
    this.#state = 'finishing';
    this.#exchange = undefined;
    this.#served += 1;
    this.#owner.finishing(this);
  }

  /** A carried exchange must have settled before, or is settled by the error that this gives it. */
  drop(): void {
    if (this.#state === 'lost') return;
    this.#state = 'lost';
    this.#socket?.destroy();
    this.#closed = this.#client.destroy().catch(() => undefined);
    this.#owner.lost(this);
  }

  /** Ends what it carries and closes. Resolves when the socket is closed. */
  async stop(): Promise<void> {
    this.#exchange?.stop();
    this.drop();
    await this.#closed;
  }

  #drained(): void {
    if (this.#state !== 'finishing') return;
    this.#state = 'idle';
    this.#owner.free(this);
  }

  /** While busy, undici itself connects anew: the receiver closed just as the exchange was handed over. */
  #disconnected(): void {
    if (this.#state !== 'busy') this.drop();
  }
}
