import { Fifo } from '../lib/fifo.ts';
import { monotonic } from '../lib/time.ts';
import { Connection, type ConnectionOptions, type ConnectionOwner } from './connection.ts';
import type { Exchange } from './exchange.ts';

export interface OriginOptions extends ConnectionOptions {
  readonly maxConnections: number;
  readonly maxWaiting: number;
}

/** How much is under way to one origin. */
export interface OriginLoad {
  readonly origin: string;
  readonly inFlight: number;
  readonly waiting: number;
  readonly connections: number;
}

/**
 * The connections to one origin and those who wait for one, first come, first served. A connection that is about to be
 * free is waited for rather than a new one opened.
 */
export class Origin implements ConnectionOwner {
  readonly #options: OriginOptions;
  readonly #connections = new Set<Connection>();
  readonly #finishing = new Set<Connection>();
  /** The one used last is on top, so that under low load the others close for want of use. */
  readonly #idle: Connection[] = [];
  readonly #waiting = new Fifo<Exchange>();
  #lastUsed = 0;

  constructor(options: OriginOptions) {
    this.#options = options;
  }

  get lastUsed(): number {
    return this.#lastUsed;
  }

  get isIdle(): boolean {
    return this.#connections.size === this.#idle.length && this.#waiting.size === 0;
  }

  get load(): OriginLoad {
    return {
      origin: this.#options.origin,
      inFlight: this.#connections.size - this.#idle.length - this.#finishing.size,
      waiting: this.#waiting.size,
      connections: this.#connections.size,
    };
  }

  /** Takes the exchange; false when too many are waiting. */
  accept(exchange: Exchange): boolean {
    this.#lastUsed = monotonic();
    const connection = this.#idle.pop() ?? this.#grow();
    if (connection) connection.carry(exchange);
    else if (this.#waiting.size < this.#options.maxWaiting) this.#waiting.add(exchange);
    else return false;
    return true;
  }

  finishing(connection: Connection): void {
    this.#finishing.add(connection);
  }

  free(connection: Connection): void {
    this.#finishing.delete(connection);
    const next = this.#next();
    if (next) connection.carry(next);
    else this.#idle.push(connection);
  }

  lost(connection: Connection): void {
    this.#connections.delete(connection);
    this.#finishing.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    const next = this.#next();
    if (next) this.#open().carry(next);
  }

  /** Ends everything that waits or is under way. */
  async stop(): Promise<void> {
    for (let next = this.#next(); next; next = this.#next()) next.stop();
    await Promise.all([...this.#connections].map((connection) => connection.stop()));
  }

  /** The next that still wants a connection: who ran out of time while waiting is passed over. */
  #next(): Exchange | undefined {
    let next = this.#waiting.take();
    while (next?.isOver) next = this.#waiting.take();
    return next;
  }

  #grow(): Connection | undefined {
    const soonFree = this.#finishing.size > this.#waiting.size;
    return soonFree || this.#connections.size >= this.#options.maxConnections ? undefined : this.#open();
  }

  #open(): Connection {
    const connection = new Connection(this.#options, this);
    this.#connections.add(connection);
    return connection;
  }
}
