import type { SendLimits } from './exchange.ts';
import type { Answered, SendResult } from './send-result.ts';
import type { Sender } from './sender.ts';

export interface FetchOptions {
  /** Milliseconds for all of it. */
  readonly timeout: number;
  /** A longer answer is refused. */
  readonly maxBytes: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON by POST; without it the request is a GET. */
  readonly body?: unknown;
}

/** The other side did not give the JSON that was asked for. */
export class FetchFailure extends Error {
  override readonly name = 'FetchFailure';
  /** The HTTP status, when there was one. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/**
 * Gets JSON from a service that configuration names: keys of an issuer, a registry, a decision point. It goes through
 * the sender's guard and connections. Throws `FetchFailure` for everything but a 2xx answer with JSON within the limits;
 * its text names the origin only, since paths and queries may identify people.
 */
export async function fetchJson(sender: Sender, url: string, options: FetchOptions): Promise<unknown> {
  const result = await sender.send(toRequest(url, options), toLimits(options));
  const origin = URL.canParse(url) ? new URL(url).origin : 'The address';
  if (result.kind !== 'answered') throw new FetchFailure(`${origin}: ${whyNot(result)}`);
  if (result.status < 200 || result.status > 299)
    throw new FetchFailure(`${origin} answered with status ${result.status}`, result.status);
  return parse(origin, result);
}

function toRequest(url: string, options: FetchOptions) {
  const hasBody = options.body !== undefined;
  return {
    url,
    method: hasBody ? 'POST' : 'GET',
    headers: {
      accept: 'application/json',
      ...(hasBody && { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(hasBody && { body: JSON.stringify(options.body) }),
    mayStart: () => true,
  };
}

function toLimits({ timeout, maxBytes }: FetchOptions): SendLimits {
  return { connect: timeout, headers: timeout, body: timeout, total: timeout, keep: maxBytes, drain: 0 };
}

function whyNot(result: Exclude<SendResult, Answered>): string {
  return result.kind === 'failed' ? `${result.cause}: ${result.detail}` : `not asked: ${result.because}`;
}

function parse(origin: string, answer: Answered): unknown {
  if (!answer.complete)
    throw new FetchFailure(`${origin}: the answer is too long or broke off`, answer.status);
  try {
    return JSON.parse(answer.body);
  } catch {
    throw new FetchFailure(`${origin}: the answer is not JSON`, answer.status);
  }
}
