import { Failure } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { monotonic, pause } from '../../lib/time.ts';
import type { SendLimits } from '../../outbound/exchange.ts';
import type { Answered, SendResult } from '../../outbound/send-result.ts';
import type { SendRequest } from '../../outbound/sender.ts';
import { Circuit } from './circuit.ts';
import type { Credentials } from './credentials.ts';

/** Sends one request; never rejects (`outbound/sender.ts`). */
export type Send = (request: SendRequest, limits: SendLimits) => Promise<SendResult>;

/** What all services of Altinn are called with. */
export interface RemoteOptions {
  /** Origin, without a trailing slash. */
  readonly baseUrl: string;
  readonly send: Send;
  readonly credentials: Credentials;
  /** Milliseconds for an answer, with all tries. */
  readonly timeoutMs: number;
  /** 0 up to 1. */
  readonly random: () => number;
  /** Ends everything that waits. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** A request that reads: asked twice, it does no harm. */
export interface Inquiry {
  /** Begins with a slash. */
  readonly path: string;
  /** Sent as JSON by POST; without it the request is a GET. */
  readonly body?: unknown;
  /** What is answered: JSON unless said, or XML, which is read as text. */
  readonly answer?: 'xml';
}

/** Makes something of an answer; undefined says that there is none. What it throws counts as a broken answer. */
type Read<T> = (answer: unknown) => T;
type ReadText<T> = (text: string | undefined) => T;

/** The service will not take the request as it is, whoever asks and however often. Stands as the cause of a failure. */
export class NotTaken extends Error {
  override readonly name = 'NotTaken';
}

/** Statuses that say so: bad request, too large, unprocessable. */
const NOT_TAKEN: ReadonlySet<number> = new Set([400, 413, 422]);

const TRIES = 3;
/** Milliseconds before the first repetition, at most; four times as many before the next. */
const BACKOFF_MS = 100;
const BACKOFF_FACTOR = 4;
const ANSWER_MOST = 8 << 20;
/** Longest that a caller of ours is told to wait, in seconds. */
const RETRY_AFTER_MOST = 60;

/** What one try came to. `again`: another one may fare better. `wait`: seconds that the service asks for. */
type Outcome<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | {
      readonly kind: 'failure';
      readonly why: string;
      readonly again: boolean;
      readonly wait: number;
      readonly cause?: NotTaken;
    };

/**
 * One service of Altinn over HTTP. Every wait is bounded, what fails for a moment is tried again after a moment that
 * chance makes longer or shorter, and a service that is gone is left alone (`Circuit`).
 */
export class RemoteService {
  readonly #name: string;
  readonly #options: RemoteOptions;
  readonly #circuit = new Circuit();

  /** @param name for people: it stands in failures and in the log */
  constructor(name: string, options: RemoteOptions) {
    this.#name = name;
    this.#options = options;
  }

  /**
   * Asks and reads the JSON (or the text) of a 2xx answer; of 404 and 204, which say that there is none, it reads undefined. What
   * `read` throws counts as a broken answer.
   *
   * @throws Failure `decision-unavailable` with the seconds after which it makes sense to ask again
   */
  async ask<T>(inquiry: Inquiry, read: Read<T>): Promise<T> {
    const { timeoutMs, random, signal } = this.#options;
    const deadline = monotonic() + timeoutMs;
    for (let tries = 1; ; tries++) {
      const outcome = await this.#try(inquiry, read, deadline);
      if (outcome.kind === 'answer') return outcome.value;
      const backoff = BACKOFF_MS * BACKOFF_FACTOR ** (tries - 1) * (0.5 + random() / 2);
      const isLast = tries === TRIES || !outcome.again || signal.aborted;
      if (isLast || monotonic() + backoff >= deadline)
        throw this.#failure(outcome.why, outcome.wait, outcome.cause);
      await pause(backoff, signal);
    }
  }

  async #try<T>(inquiry: Inquiry, read: Read<T>, deadline: number): Promise<Outcome<T>> {
    const { credentials, send, signal } = this.#options;
    const headers = await credentials.headers();
    const away = this.#circuit.enter(monotonic());
    if (away > 0) throw this.#failure('it did not answer a moment ago', away / 1000);
    const left = Math.max(1, deadline - monotonic());
    const request = { ...this.#request(inquiry, headers), mayStart: () => !signal.aborted };
    const result = await send(request, limitsOf(left));
    const outcome = outcomeOf(result, inquiry.answer === 'xml' ? read : (text) => read(parse(text)));
    if (result.kind === 'answered' && result.status === 401) credentials.refused(headers);
    this.#note(result, outcome);
    return outcome;
  }

  #request({ path, body, answer }: Inquiry, headers: Readonly<Record<string, string>>) {
    const url = this.#options.baseUrl + path;
    const common = { accept: answer === 'xml' ? 'text/xml' : 'application/json', ...headers };
    if (body === undefined) return { url, method: 'GET' as const, headers: common };
    return {
      ...{ url, method: 'POST' as const, body: JSON.stringify(body) },
      headers: { ...common, 'content-type': 'application/json' },
    };
  }

  /** A service that refuses a request is there; only one that does not answer, or not in full, is left alone. */
  #note(result: SendResult, outcome: Outcome<unknown>): void {
    const wasClosed = this.#circuit.isClosed;
    const isThere = outcome.kind === 'answer' || (result.kind === 'answered' && isRefusal(result.status));
    if (isThere) this.#circuit.succeeded();
    else this.#circuit.failed(monotonic(), outcome.wait * 1000);
    if (this.#circuit.isClosed === wasClosed) return;
    const fields = { service: this.#name, why: 'why' in outcome ? outcome.why : undefined };
    if (wasClosed) this.#options.log.warn(fields, 'a service does not answer and is left alone for a moment');
    else this.#options.log.info(fields, 'a service answers again');
  }

  #failure(why: string, seconds: number, cause?: NotTaken): Failure {
    return new Failure('decision-unavailable', {
      detail: `${this.#name} cannot be asked right now: ${why}.`,
      retryAfter: Math.min(Math.max(1, Math.ceil(seconds)), RETRY_AFTER_MOST),
      cause,
    });
  }
}

function limitsOf(milliseconds: number): SendLimits {
  const each = { connect: milliseconds, headers: milliseconds, body: milliseconds, total: milliseconds };
  return { ...each, keep: ANSWER_MOST, drain: 0 };
}

function parse(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

function outcomeOf<T>(result: SendResult, read: ReadText<T>): Outcome<T> {
  if (result.kind === 'not-started') return failure('no request could be sent', false);
  // Time is up for the whole inquiry then.
  if (result.kind === 'failed') return failure(result.cause, result.cause !== 'refused-address');
  const { status } = result;
  if (status === 404 || (status >= 200 && status <= 299)) return readAnswer(result, read);
  const wait = result.retryAfter ?? 0;
  const why = `it answered ${status}`;
  const refused = failure(why, wait === 0 && (!isRefusal(status) || status === 401));
  return { ...refused, wait, ...(NOT_TAKEN.has(status) && { cause: new NotTaken(why) }) };
}

function isRefusal(status: number): boolean {
  return status >= 400 && status <= 499 && status !== 408 && status !== 429;
}

function readAnswer<T>(answer: Answered, read: ReadText<T>): Outcome<T> {
  if (!answer.complete && answer.status !== 404) return failure('its answer broke off or is too long', true);
  try {
    const isNone = answer.status === 404 || answer.status === 204;
    return { kind: 'answer', value: read(isNone ? undefined : answer.body) };
  } catch {
    return failure('its answer cannot be read', true);
  }
}

function failure(why: string, again: boolean) {
  return { kind: 'failure' as const, why, again, wait: 0 };
}
