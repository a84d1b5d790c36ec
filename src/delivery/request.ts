import { createHash } from 'node:crypto';
import type { LogRow } from '../events/event.ts';
import type { Content } from './binary-mode.ts';
import { contentOf, type Destination } from './content.ts';
import { deliveryOf } from '../subscriptions/delivery-name.ts';
import { describeMissing, messageIdOf, type Missing } from './message-id.ts';

const USER_AGENT = 'Budstikka';

/** What an event that is sent again was: the value of the header `budstikka-replay`. */
export type Replay = 'dead-letter' | 'log';

/** What goes to the receiver, besides its address. */
export type DeliveryRequest = Content;

/** Standard Webhooks headers over id, time and body. */
export type Sign = (id: string, body: string | Uint8Array) => Readonly<Record<string, string>>;

export interface RequestParts {
  readonly subscription: Destination & { readonly id: number };
  /** One, or what goes together in a batch. */
  readonly rows: readonly LogRow[];
  /** 1 for the first. */
  readonly attempt: number;
  /** The position at or below which nothing comes for the first time any more. */
  readonly watermark: number;
  /** A position on the wire. */
  readonly cursorOf: (position: number) => string;
  /** What of this dialog the receiver has not got and will not get by itself. */
  readonly missing: Missing | undefined;
  /** It is sent again beside the order of its dialog. */
  readonly replay?: Replay | undefined;
  /** What the receiver's work is a child of (W3C Trace Context). */
  readonly trace: string | null;
  readonly sign: Sign;
}

/**
 * Events in the subscription's format. What we add is in headers: those that every request has by name, and what is
 * spread after them. The other way round, the engine takes the object for a dictionary, at fifty times the cost.
 */
export function buildRequest(parts: RequestParts): DeliveryRequest {
  const { subscription, rows, cursorOf, trace } = parts;
  const content = contentOf(
    subscription,
    rows.map((row) => row.bytes),
  );
  const [row] = rows;
  const isAlone = row && rows.length === 1;
  const id = isAlone ? messageIdOf(row) : batchIdOf(subscription, rows);
  const headers: Record<string, string> = {
    'user-agent': USER_AGENT,
    'budstikka-subscription': String(subscription.id),
    'budstikka-attempt': String(parts.attempt),
    'budstikka-position': cursorOf(Math.max(...rows.map(({ position }) => position))),
    'budstikka-watermark': cursorOf(parts.watermark),
    ...(isAlone ? ofOne(row, parts) : { 'budstikka-batch': String(rows.length) }),
    ...content.headers,
    ...parts.sign(id, content.body),
  };
  if (parts.replay !== undefined) headers['budstikka-replay'] = parts.replay;
  if (trace !== null) headers['traceparent'] = trace;
  return { headers, body: content.body };
}

/** The delivery id is the same for every attempt, so it serves to recognise duplicates. */
function ofOne(row: LogRow, { subscription, missing }: RequestParts): Record<string, string> {
  const delivery = { 'budstikka-delivery': deliveryOf(subscription.id, row.position) };
  return missing ? { ...delivery, 'budstikka-missing': describeMissing(missing) } : delivery;
}

/** A batch that is refused does not come again, but its events do: each is recognised by its own id. */
function batchIdOf({ id }: { readonly id: number }, rows: readonly LogRow[]): string {
  const positions = rows.map(({ position }) => position).join(' ');
  return `batch_${createHash('sha256').update(`${id} ${positions}`).digest('base64url')}`;
}

/**
 * The handshake of Altinn Events, in the subscription's format: any 2xx answer validates the subscription, so an
 * endpoint that cannot read the format says so before events come.
 *
 * @param event.id a UUID
 * @param event.source the subscription's address
 */
export function buildHandshake(
  subscription: RequestParts['subscription'],
  { id, source }: { readonly id: string; readonly source: string },
  sign: Sign,
): DeliveryRequest {
  const event = { specversion: '1.0', id, source, type: 'platform.events.validatesubscription' };
  const content = contentOf(subscription, [JSON.stringify(event)]);
  const headers = {
    'user-agent': USER_AGENT,
    'budstikka-subscription': String(subscription.id),
    ...content.headers,
    ...sign(id, content.body),
  };
  return { headers, body: content.body };
}
