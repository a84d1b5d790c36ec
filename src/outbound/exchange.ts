import type { Dispatcher } from 'undici';
import { monotonic, wallClock } from '../lib/time.ts';
import type { Deadlined, Deadlines } from './deadlines.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { causeOf, type FailureCause, type NotStarted, type SendResult, toDetail } from './send-result.ts';

/** Bounds of one exchange, in milliseconds and bytes. */
export interface SendLimits {
  /** To get a connection: name, TCP, TLS. */
  readonly connect: number;
  /** From the request's first byte to the end of the answer's headers. */
  readonly headers: number;
  /** From there to the end of the answer's body, however steadily it drips. */
  readonly body: number;
  /** From the call to the end, waiting for a free connection included. */
  readonly total: number;
  /** Bytes of the answer's body that are kept. */
  readonly keep: number;
  /** Bytes beyond those that are read to save the connection; then it is closed. */
  readonly drain: number;
}

/** What carries an exchange. */
export interface Carrier {
  /** Whether the socket has served an exchange before. */
  readonly reused: boolean;
  /** The exchange is over; the carrier may be used again once its client says so. */
  finished(): void;
  /** Closes the socket, connected or not. */
  drop(): void;
}

export interface ExchangeOptions {
  readonly request: Dispatcher.DispatchOptions;
  readonly limits: SendLimits;
  readonly mayStart: () => boolean;
  readonly deadlines: Deadlines;
}

type Step = 'waiting' | 'connecting' | 'asking' | 'reading' | 'over';

const STEP_IN_WORDS: Readonly<Record<Step, string>> = {
  waiting: 'no connection was free in time',
  connecting: 'no connection was made in time',
  asking: 'no answer came in time',
  reading: 'the answer did not end in time',
  over: '',
};

/**
 * One request and its answer, as undici's handler.
 *
 * waiting → connecting → asking → reading → over. It waits until its origin has a connection for it. It connects until
 * undici is about to write; there `mayStart` is asked, and the first byte is written in the same turn of the event loop,
 * so what `mayStart` compared still holds. It asks until the headers of a final answer are in, then reads. Every step
 * has a deadline, none later than that of the whole. It settles once; whoever settles early drops the connection, since
 * an answer that nobody reads must not be taken for the next request's.
 */
export class Exchange implements Dispatcher.DispatchHandler, Deadlined {
  /** Never rejects. */
  readonly result: Promise<SendResult>;
  readonly #options: ExchangeOptions;
  #resolve!: (result: SendResult) => void;
  readonly #end: number;
  deadline: number;
  #step: Step = 'waiting';
  #carrier: Carrier | undefined;
  #startedAt: number | undefined;
  #firstByteAt = 0;
  #status = 0;
  #retryAfter: number | undefined;
  #kept: Buffer[] = [];
  #received = 0;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#end = monotonic() + options.limits.total;
    this.deadline = this.#end;
    this.result = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    options.deadlines.watch(this);
  }

  get request(): Dispatcher.DispatchOptions {
    return this.#options.request;
  }

  get isOver(): boolean {
    return this.#step === 'over';
  }

  /** A connection has taken it and hands it to undici next. */
  begin(carrier: Carrier): void {
    this.#carrier = carrier;
    this.#enter('connecting', this.#options.limits.connect);
  }

  /** The deadline has passed. */
  expire(): void {
    this.#giveUp('timeout', STEP_IN_WORDS[this.#step]);
  }

  /** The sender is being disposed. */
  stop(): void {
    if (this.#startedAt === undefined) this.refuse('stopping');
    else this.#giveUp('stopped', 'the sender was stopped');
  }

  /** Ends it before it has begun. */
  refuse(because: NotStarted['because']): void {
    this.#abandon({ kind: 'not-started', because });
  }

  onRequestStart(): void {
    if (this.isOver || !this.#options.mayStart()) return this.refuse('may-not-start');
    this.#startedAt = wallClock();
    this.#enter('asking', this.#options.limits.headers);
  }

  onResponseStart(
    _controller: unknown,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.isOver || status < 200) return;
    this.#status = status;
    this.#firstByteAt = wallClock();
    this.#retryAfter = retryAfterSeconds(headers['retry-after'], this.#firstByteAt);
    this.#enter('reading', this.#options.limits.body);
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.isOver) return;
    const room = this.#options.limits.keep - this.#received;
    if (room > 0) this.#kept.push(chunk.subarray(0, room));
    this.#received += chunk.length;
    if (this.#received > this.#options.limits.keep + this.#options.limits.drain)
      this.#abandon(this.#answer(false));
  }

  onResponseEnd(): void {
    this.#settle(this.#answer(this.#received <= this.#options.limits.keep));
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#giveUp(causeOf(error), toDetail(error));
  }

  #enter(step: Step, limit: number): void {
    this.#step = step;
    this.deadline = Math.min(this.#end, monotonic() + limit);
  }

  #giveUp(cause: FailureCause, detail: string): void {
    if (this.#step === 'reading') return this.#abandon(this.#answer(false));
    this.#abandon({
      kind: 'failed',
      cause,
      detail,
      startedAt: this.#startedAt,
      endedAt: wallClock(),
      reused: this.#carrier?.reused ?? false,
    });
  }

  #answer(complete: boolean): SendResult {
    return {
      kind: 'answered',
      status: this.#status,
      retryAfter: this.#retryAfter,
      body: this.#kept.length === 0 ? '' : toText(this.#kept, complete),
      complete,
      startedAt: this.#startedAt ?? this.#firstByteAt,
      firstByteAt: this.#firstByteAt,
      endedAt: wallClock(),
    };
  }

  #abandon(result: SendResult): void {
    if (this.isOver) return;
    this.#settle(result);
    this.#carrier?.drop();
  }

  #settle(result: SendResult): void {
    if (this.isOver) return;
    this.#step = 'over';
    this.#kept = [];
    this.#options.deadlines.forget(this);
    this.#carrier?.finished();
    this.#resolve(result);
  }
}

/** UTF-8; a character cut in half at the end is left out, and NUL, which PostgreSQL cannot store, is replaced. */
function toText(chunks: readonly Buffer[], complete: boolean): string {
  const text = new TextDecoder().decode(Buffer.concat(chunks), { stream: !complete });
  return text.replaceAll('\0', '\uFFFD');
}
