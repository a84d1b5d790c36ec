import type { LogRow } from '../events/event.ts';
import type { Content } from './binary-mode.ts';
import { contentOf, type Destination } from './content.ts';
import { describeMissing, messageIdOf, type Missing } from './message-id.ts';

/** What goes to the receiver, besides its address. */
export type DeliveryRequest = Content;

/** Standard Webhooks headers over id, time and body. */
export type Sign = (id: string, body: string | Uint8Array) => Readonly<Record<string, string>>;

export interface RequestParts {
  readonly subscription: Destination & { readonly id: number };
  readonly row: LogRow;
  /** 1 for the first. */
  readonly attempt: number;
  /** The position on the wire. */
  readonly cursor: string;
  /** The position at or below which nothing comes for the first time any more, on the wire. */
  readonly watermark: string;
  /** What of this dialog the receiver has not got and will not get by itself. */
  readonly missing: Missing | undefined;
  /** What the receiver's work is a child of (W3C Trace Context). */
  readonly trace: string | null;
  readonly sign: Sign;
}

/**
 * An event in the subscription's format. What we add is in headers. The delivery id is the same for every attempt, so it
 * serves to recognise duplicates.
 */
export function buildRequest(parts: RequestParts): DeliveryRequest {
  const { subscription, row, missing } = parts;
  const content = contentOf(subscription, [row.bytes]);
  const headers: Record<string, string> = {
    ...headersOf(subscription, content),
    'budstikka-delivery': `${subscription.id}-${row.position}`,
    'budstikka-attempt': String(parts.attempt),
    'budstikka-position': parts.cursor,
    'budstikka-watermark': parts.watermark,
    ...parts.sign(messageIdOf(row), content.body),
  };
  if (parts.trace !== null) headers['traceparent'] = parts.trace;
  if (missing) headers['budstikka-missing'] = describeMissing(missing);
  return { headers, body: content.body };
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
  const headers = { ...headersOf(subscription, content), ...sign(id, content.body) };
  return { headers, body: content.body };
}

function headersOf({ id }: { readonly id: number }, content: Content): Readonly<Record<string, string>> {
  return { 'user-agent': 'Budstikka', 'budstikka-subscription': String(id), ...content.headers };
}
