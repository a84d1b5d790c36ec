import type { SendResult } from '../outbound/send-result.ts';

/**
 * What an attempt came to. `delivered` and `withheld` settle the event; `failed` parks its dialog and uses up an
 * attempt; `undecided` parks it without; `not-started` leaves everything as it was: we stopped, not the receiver.
 * Causes can be stored.
 */
export type Verdict =
  | { readonly kind: 'delivered'; readonly status: number }
  | { readonly kind: 'withheld'; readonly cause: string }
  | { readonly kind: 'failed'; readonly cause: string; readonly status?: number }
  | { readonly kind: 'undecided'; readonly cause: string }
  | { readonly kind: 'not-started' };

/** What the receiver's answer, or its absence, means. Any 2xx is success; a redirect is not followed and a refusal. */
export function judge(result: SendResult): Verdict {
  switch (result.kind) {
    case 'not-started':
      return { kind: 'not-started' };
    case 'failed':
      if (result.cause === 'stopped') return { kind: 'not-started' };
      return { kind: 'failed', cause: toCause(`${result.cause}: ${result.detail}`) };
    case 'answered':
      if (result.status >= 200 && result.status < 300) return { kind: 'delivered', status: result.status };
      return { kind: 'failed', cause: `answered ${result.status}`, status: result.status };
  }
}

const CAUSE_MOST = 500;

/**
 * Text that PostgreSQL takes. A stranger has a say in it, in the names of a certificate for one: a NUL or half of a
 * surrogate pair would make every flush fail that carries it.
 */
export function toCause(text: string): string {
  return text.slice(0, CAUSE_MOST).replace(/\0|\p{Surrogate}/gu, '\uFFFD');
}
