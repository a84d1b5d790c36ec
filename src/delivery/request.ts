import { createHash } from 'node:crypto';
import type { LogRow } from '../events/event.ts';

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
  /** Event ids of this dialog that the receiver has not got and will not get by itself. */
  readonly missing: readonly string[] | undefined;
  /** Standard Webhooks headers over id, time and body. */
  readonly sign: (id: string, body: string) => Record<string, string>;
}

/** How many missing event ids a header names at most; more are counted. */
const MISSING_MOST = 20;

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
    ...parts.sign(webhookId(row), row.bytes),
  };
  if (row.trace !== null) headers['traceparent'] = row.trace;
  if (missing && missing.length > 0) {
    const rest = missing.length - MISSING_MOST;
    headers['budstikka-missing'] =
      missing.slice(0, MISSING_MOST).join(', ') + (rest > 0 ? `, and ${rest} more` : '');
  }
  return { headers, body: row.bytes };
}

/** What may stand in a header and, by Standard Webhooks, before a full stop. */
const PLAIN_ID = /^[\w-]{1,200}$/;

/**
 * The message id that is signed: the event's own where it may stand in a header as it is, else one derived from source
 * and id, so that it is the same for the same event.
 */
function webhookId(row: RequestParts['row']): string {
  if (PLAIN_ID.test(row.id)) return row.id;
  return `event_${createHash('sha256').update(`${row.source}\n${row.id}`).digest('base64url')}`;
}

/** The handshake of Altinn Events: any 2xx answer validates the subscription. */
export function handshakeBody(id: string, source: string): string {
  return JSON.stringify({ specversion: '1.0', id, source, type: 'platform.events.validatesubscription' });
}
