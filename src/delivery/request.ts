import type { LogRow } from '../events/event.ts';
import { describeMissing, messageIdOf, type Missing } from './message-id.ts';

/** What goes to the receiver, besides its address. */
export interface DeliveryRequest {
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface RequestParts {
  readonly subscription: number;
  readonly row: LogRow;
  /** 1 for the first. */
  readonly attempt: number;
  /** The position on the wire. */
  readonly cursor: string;
  /** What of this dialog the receiver has not got and will not get by itself. */
  readonly missing: Missing | undefined;
  /** Standard Webhooks headers over id, time and body. */
  readonly sign: (id: string, body: string) => Record<string, string>;
}

/**
 * The event as today's subscribers of Altinn Events get it: structured JSON as `application/json`. What we add is in
 * headers. The delivery id is the same for every attempt, so it serves to recognise duplicates.
 */
export function buildRequest(parts: RequestParts): DeliveryRequest {
  const { row, missing } = parts;
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Budstikka',
    'budstikka-delivery': `${parts.subscription}-${row.position}`,
    'budstikka-attempt': String(parts.attempt),
    'budstikka-subscription': String(parts.subscription),
    'budstikka-position': parts.cursor,
    ...parts.sign(messageIdOf(row), row.bytes),
  };
  if (row.trace !== null) headers['traceparent'] = row.trace;
  if (missing) headers['budstikka-missing'] = describeMissing(missing);
  return { headers, body: row.bytes };
}

/** The handshake of Altinn Events: any 2xx answer validates the subscription. */
export function handshakeBody(id: string, source: string): string {
  return JSON.stringify({ specversion: '1.0', id, source, type: 'platform.events.validatesubscription' });
}
