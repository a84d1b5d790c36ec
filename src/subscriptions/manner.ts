import { Failure } from '../lib/errors.ts';

/**
 * How events are put into requests: `structured` as subscribers of Altinn Events get them, `cloudevents` the same bytes
 * under their own media type, `binary` with attributes in headers, `batch` as arrays.
 */
export const formats = ['structured', 'cloudevents', 'binary', 'batch'] as const;
export type Format = (typeof formats)[number];

/** `v1` signs every delivery with the secret; `v1a` adds a signature that a public key verifies. */
export const signings = ['v1', 'v1a'] as const;
export type Signing = (typeof signings)[number];

/** `dialog`: events of one dialog one after the other; `none`: each stands alone. Decided when a subscription is made. */
export const orders = ['dialog', 'none'] as const;
export type Order = (typeof orders)[number];

/** Out of attempts, a dialog goes on (`continue`), or waits until its dead letter is settled (`hold`). */
export const exhaustions = ['continue', 'hold'] as const;
export type Exhaustion = (typeof exhaustions)[number];

/** Limits of a retry schedule of one's own: delays, the longest in seconds, and all together. */
export const SCHEDULE_LIMITS = { delays: 20, seconds: 86_400, together: 604_800 };

/** How a subscription is delivered, which says nothing about what it wants. */
export interface Manner {
  readonly format: Format;
  readonly signing: Signing;
  readonly ordering: Order;
  readonly onExhausted: Exhaustion;
  /** Seconds before each further attempt; null is the documented schedule. */
  readonly retrySchedule: readonly number[] | null;
}

/** What a request says of it. What it leaves out stays as it is, or is the default of a new subscription. */
export type AskedManner = { readonly [Member in keyof Manner]: Manner[Member] | undefined };

/**
 * Whether the endpoint is Slack's, by the rule of the Altinn Events contract: it has this in its address. Such an
 * endpoint is told each event as a message.
 */
export function isSlack(endpoint: string): boolean {
  return endpoint.includes('hooks.slack.com');
}

/** Reads the members that are ours. Throws Failure `request-invalid`. */
export function readManner(request: {
  readonly endPoint?: unknown;
  readonly format?: unknown;
  readonly signing?: unknown;
  readonly order?: unknown;
  readonly onExhausted?: unknown;
  readonly retrySchedule?: unknown;
}): AskedManner {
  const format = readWord('format', request.format, formats);
  const signing = readWord('signing', request.signing, signings);
  const isOther = format !== undefined && format !== 'structured';
  if (isOther && isSlack(String(request.endPoint))) refuse('format', 'must be structured for Slack');
  const ordering = readWord('order', request.order, orders);
  const onExhausted = readWord('onExhausted', request.onExhausted, exhaustions);
  return { format, signing, ordering, onExhausted, retrySchedule: readSchedule(request.retrySchedule) };
}

function readWord<T extends string>(field: string, value: unknown, words: readonly T[]): T | undefined {
  if (value === undefined || value === null) return undefined;
  return words.find((word) => word === value) ?? refuse(field, `must be one of ${words.join(', ')}`);
}

function readSchedule(value: unknown): readonly number[] | undefined {
  if (value === undefined || value === null) return undefined;
  const { delays, seconds, together } = SCHEDULE_LIMITS;
  const isDelay = (one: unknown) => Number.isInteger(one) && Number(one) >= 1 && Number(one) <= seconds;
  const isList = Array.isArray(value) && value.length >= 1 && value.length <= delays && value.every(isDelay);
  if (isList && (value as number[]).reduce((sum, one) => sum + one, 0) <= together) return value as number[];
  const words = `1 to ${delays} whole numbers of seconds, 1 to ${seconds} each and ${together} together at most`;
  return refuse('retrySchedule', `must be ${words}`);
}

function refuse(field: string, fault: string): never {
  throw new Failure('request-invalid', { fields: { [field]: [fault] } });
}
