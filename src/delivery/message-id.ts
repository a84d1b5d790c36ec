import { createHash } from 'node:crypto';

/** What may stand in a header and, by Standard Webhooks, before a full stop. */
const PLAIN_ID = /^[\w-]{1,200}$/;

/**
 * The message id that is signed, and by which a missing event is named: the event's own where it may stand in a header
 * as it is, else one derived from source and id, so that it is the same for the same event.
 */
export function messageIdOf(event: { readonly id: string; readonly source: string }): string {
  if (PLAIN_ID.test(event.id)) return event.id;
  return `event_${createHash('sha256').update(`${event.source}\n${event.id}`).digest('base64url')}`;
}

/** Events of one dialog that are out of attempts: the first of them by message id, and how many there are. */
export interface Missing {
  readonly first: readonly string[];
  readonly count: number;
}

/** How many are named; more are only counted. */
export const MISSING_MOST = 20;

/** One more event is missing. */
export function addMissing(known: Missing | undefined, messageId: string): Missing {
  const { first, count } = known ?? { first: [], count: 0 };
  return { first: first.length < MISSING_MOST ? [...first, messageId] : first, count: count + 1 };
}

/** One of them has come; undefined when it was the last. One that is only counted may be any of those not named. */
export function removeMissing({ first, count }: Missing, messageId: string): Missing | undefined {
  const left = first.filter((id) => id !== messageId);
  return count > 1 ? { first: left, count: count - 1 } : undefined;
}

/** The value of the header `budstikka-missing`. */
export function describeMissing({ first, count }: Missing): string {
  const rest = count - first.length;
  if (first.length === 0) return `${rest} more`;
  return first.join(', ') + (rest > 0 ? `, and ${rest} more` : '');
}
