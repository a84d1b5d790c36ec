import type { Dispatcher } from 'undici';
import { wallClock } from '../lib/time.ts';
import type { Guard } from './address-guard.ts';
import { Connector } from './connector.ts';
import { Deadlines } from './deadlines.ts';
import { Exchange, type SendLimits } from './exchange.ts';
import { Origin, type OriginLoad } from './origin.ts';
import type { Resolve } from './resolver.ts';
import type { SendResult } from './send-result.ts';

export interface SenderOptions {
  readonly guard: Guard;
  readonly resolve: Resolve;
  /** Connections to one origin. Each carries one request at a time. */
  readonly connectionsPerOrigin: number;
  /** Requests that may wait for a connection to one origin. */
  readonly waitingPerOrigin: number;
  /** Origins that connections are held to; beyond it, the one unused for longest is closed. */
  readonly maxOrigins: number;
  /** Milliseconds that an idle connection stays open, when the receiver names no time of its own. */
  readonly keepAlive: number;
  /** Certificate authorities in PEM to trust instead of the public ones. */
  readonly certificateAuthorities?: string;
}

export interface SendRequest {
  readonly url: string;
  /** POST unless given. */
  readonly method?: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Asked immediately before the first byte is written, with nothing awaited in between. False: it is not written. */
  readonly mayStart: () => boolean;
}

interface Target {
  readonly origin: string;
  readonly path: string;
}

const MAX_TARGETS = 10_000;

/**
 * Sends HTTP requests to strangers: every address through the guard, every wait bounded, every end a value. Redirects
 * are not followed and nothing is tried twice; that is for the caller to decide.
 */
export class Sender implements AsyncDisposable {
  readonly #options: SenderOptions;
  readonly #origins = new Map<string, Origin>();
  /** URLs that were looked at before, since the same few are called again and again. */
  readonly #targets = new Map<string, Target>();
  readonly #deadlines = new Deadlines();
  #stopping = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Never rejects. Resolves at the latest at the total limit, give or take a fiftieth of a second. */
  send(request: SendRequest, limits: SendLimits): Promise<SendResult> {
    if (this.#stopping) return Promise.resolve({ kind: 'not-started', because: 'stopping' });
    const target = this.#targets.get(request.url) ?? this.#learn(request.url);
    if (typeof target === 'string') return refused(target);
    const origin = this.#origins.get(target.origin) ?? this.#admit(target.origin);
    const exchange = new Exchange({
      request: toDispatch(target.path, request),
      mayStart: request.mayStart,
      limits,
      deadlines: this.#deadlines,
    });
    if (!origin?.accept(exchange)) exchange.refuse('no-room');
    return exchange.result;
  }

  /** What is under way, by origin. */
  load(): OriginLoad[] {
    return [...this.#origins.values()].map((origin) => origin.load);
  }

  /** Ends everything at once: what was begun is `stopped`, what was not is `not-started`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    const origins = [...this.#origins.values()];
    this.#origins.clear();
    await Promise.all(origins.map((origin) => origin.stop()));
  }

  /** What the URL means, or why it is refused. */
  #learn(text: string): Target | string {
    const refusal = this.#options.guard.checkEndpoint(text);
    if (refusal !== undefined) return refusal;
    const url = new URL(text);
    const target = { origin: url.origin, path: url.pathname + url.search };
    if (this.#targets.size >= MAX_TARGETS) this.#targets.clear();
    this.#targets.set(text, target);
    return target;
  }

  /** A place for the origin; undefined when all are taken by busy ones. */
  #admit(name: string): Origin | undefined {
    if (this.#origins.size >= this.#options.maxOrigins && !this.#evict()) return undefined;
    const origin = new Origin({
      origin: name,
      connector: new Connector(this.#options),
      keepAlive: this.#options.keepAlive,
      maxConnections: this.#options.connectionsPerOrigin,
      maxWaiting: this.#options.waitingPerOrigin,
    });
    this.#origins.set(name, origin);
    return origin;
  }

  #evict(): boolean {
    let oldest: [string, Origin] | undefined;
    for (const entry of this.#origins)
      if (entry[1].isIdle && (!oldest || entry[1].lastUsed < oldest[1].lastUsed)) oldest = entry;
    if (!oldest) return false;
    this.#origins.delete(oldest[0]);
    void oldest[1].stop();
    return true;
  }
}

function refused(detail: string): Promise<SendResult> {
  return Promise.resolve({
    kind: 'failed',
    cause: 'refused-address',
    detail,
    startedAt: undefined,
    endedAt: wallClock(),
    reused: false,
  });
}

function toDispatch(path: string, request: SendRequest): Dispatcher.DispatchOptions {
  return {
    path,
    method: request.method ?? 'POST',
    headers: request.headers,
    body: request.body ?? null,
  };
}
