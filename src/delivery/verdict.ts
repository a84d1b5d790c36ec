import type { SendResult } from '../outbound/send-result.ts';

/**
 * What an attempt came to. `delivered` and `withheld` settle the event; `failed` parks its dialog and uses up an
 * attempt, unless the endpoint as a whole is to blame (`health.ts`); without a `status` nothing was answered. `deferred`
 * and `gone` are about the endpoint, not the event, and use up none; `undecided` parks the dialog without;
 * `not-started` leaves everything as it was: we stopped, not the receiver. Causes can be stored.
 */
export type Verdict =
  | { readonly kind: 'delivered'; readonly status: number }
  | { readonly kind: 'withheld'; readonly cause: string }
  | { readonly kind: 'failed'; readonly cause: string; readonly status?: number }
  | { readonly kind: 'deferred'; readonly cause: string; readonly status: number; readonly waitMs: number }
  | { readonly kind: 'gone'; readonly cause: string; readonly status: number }
  | { readonly kind: 'undecided'; readonly cause: string }
  | { readonly kind: 'not-started' };

interface Case {
  /** What the endpoint does, and what follows: a row of the table in `docs/webhooks.md`. */
  readonly endpoint: string;
  readonly means: string;
  /** The verdict when the case applies. */
  readonly judge: (result: SendResult) => Verdict | undefined;
}

/** What the receiver's answer, or its absence, means: the first case that applies. */
export const CASES: readonly Case[] = [
  {
    endpoint: 'answers 2xx',
    means: 'delivered',
    judge: answered(
      ({ status }) => status >= 200 && status < 300,
      ({ status }) => ({ kind: 'delivered', status }),
    ),
  },
  {
    endpoint: 'answers 429 or 503 with `Retry-After`',
    means: 'the subscription waits as long as asked, 24 hours at most; no attempt is used up',
    judge: answered(
      ({ status, retryAfter }) => (status === 429 || status === 503) && retryAfter !== undefined,
      ({ status, retryAfter }) => {
        const cause = `answered ${status}, asked to wait ${retryAfter} s`;
        return { kind: 'deferred', status, cause, waitMs: 1000 * retryAfter! };
      },
    ),
  },
  {
    endpoint: 'answers 410',
    means:
      'the subscription waits and the endpoint is asked by handshake; 410 again disables the subscription',
    judge: answered(
      ({ status }) => status === 410,
      ({ status }) => ({ kind: 'gone', status, cause: 'answered 410' }),
    ),
  },
  {
    endpoint: 'answers anything else; redirects are not followed',
    means: 'the dialog is parked until its next attempt; other dialogs go on',
    judge: answered(
      () => true,
      ({ status }) => ({ kind: 'failed', status, cause: `answered ${status}` }),
    ),
  },
  {
    endpoint: 'does not answer in time, cannot be reached, breaks off',
    means: 'the same',
    judge: (result) => {
      if (result.kind !== 'failed' || result.cause === 'stopped') return undefined;
      return { kind: 'failed', cause: toCause(`${result.cause}: ${result.detail}`) };
    },
  },
];

type Answered = Extract<SendResult, { kind: 'answered' }>;

function answered(applies: (answer: Answered) => boolean, verdict: (answer: Answered) => Verdict) {
  return (result: SendResult) =>
    result.kind === 'answered' && applies(result) ? verdict(result) : undefined;
}

/** What the receiver's answer, or its absence, means. What we did not begin or broke off ourselves was no attempt. */
export function judge(result: SendResult): Verdict {
  for (const one of CASES) {
    const verdict = one.judge(result);
    if (verdict) return verdict;
  }
  return { kind: 'not-started' };
}

const CAUSE_MOST = 500;

/**
 * Text that PostgreSQL takes. A stranger has a say in it, in the names of a certificate for one: a NUL or half of a
 * surrogate pair would make every flush fail that carries it.
 */
export function toCause(text: string): string {
  return text.slice(0, CAUSE_MOST).replace(/\0|\p{Surrogate}/gu, '\uFFFD');
}
