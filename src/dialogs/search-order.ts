import { Failure } from '../lib/errors.ts';
import { isUuid } from '../lib/uuid.ts';
import type { Dialog } from './model.ts';
import { normalizeTime } from './timestamps.ts';

/** What lists are ordered by (Dialogporten contract, "Paging"). */
const FIELDS = ['contentUpdatedAt', 'updatedAt', 'createdAt', 'dueAt', 'id'] as const;

export type OrderField = (typeof FIELDS)[number];

export interface OrderKey {
  readonly field: OrderField;
  readonly descending: boolean;
}

/** Always ends with the id, so that no two dialogs stand at the same place. */
export type Order = readonly OrderKey[];

const BY_ID: OrderKey = { field: 'id', descending: true };
const DEFAULT: Order = [{ field: 'contentUpdatedAt', descending: true }, BY_ID];

/** Reads `field_asc,field_desc,…`; descending when not said. Throws `request-invalid`. */
export function parseOrder(text: string | undefined): Order {
  if (text === undefined || text.trim() === '') return DEFAULT;
  const keys = text.split(',').map((part) => parseKey(part.trim().toLowerCase()));
  const fields = new Set(keys.map(({ field }) => field));
  if (fields.size < keys.length) throw refusal('orderBy', 'must not repeat a field');
  return fields.has('id') ? keys : [...keys, BY_ID];
}

function parseKey(text: string): OrderKey {
  const [, name, direction = 'desc'] = /^([a-z]+)(?:_(asc|desc))?$/.exec(text) ?? [];
  const field = FIELDS.find((known) => known.toLowerCase() === name);
  if (!field) throw refusal('orderBy', `must be made of ${FIELDS.join(', ')}, each with _asc or _desc`);
  return { field, descending: direction === 'desc' };
}

export function formatOrder(order: Order): string {
  return order.map(({ field, descending }) => `${field}_${descending ? 'desc' : 'asc'}`).join(',');
}

/** Where a page ends: the value of each key of the order. A dialog without a due date stands after all others. */
export type Place = readonly string[];

/** PostgreSQL's word for a time after every other. */
const NO_TIME = 'infinity';

export function placeOf(dialog: Dialog, order: Order): Place {
  return order.map(({ field }) => dialog[field] ?? NO_TIME);
}

/** A place as clients hold it: `contentupdatedat_<time>,id_<uuid>`; the direction is not in it. */
export function formatToken(place: Place, order: Order): string {
  return order
    .map(({ field }, index) => `${field.toLowerCase()}_${place[index] === NO_TIME ? '' : place[index]}`)
    .join(',');
}

/** Throws `request-invalid` for a token that is unreadable, or was given for another order. */
export function parseToken(token: string, order: Order): Place {
  const values = new Map(token.split(',').map(splitPair));
  const missing = order.filter(({ field }) => !values.has(field.toLowerCase())).map(({ field }) => field);
  if (missing.length > 0) {
    const message = `does not match orderBy; missing token keys: ${missing.join(', ')}`;
    throw refusal('continuationToken', message);
  }
  return order.map(({ field }) => {
    const text = values.get(field.toLowerCase()) ?? '';
    const value = field === 'id' ? readId(text) : readTime(text, field);
    if (value === undefined) throw refusal('continuationToken', `does not have a readable ${field}`);
    return value;
  });
}

function splitPair(pair: string): [string, string] {
  const bar = pair.indexOf('_');
  return bar < 0 ? [pair, ''] : [pair.slice(0, bar).toLowerCase(), pair.slice(bar + 1)];
}

function readId(text: string): string | undefined {
  return isUuid(text) ? text.toLowerCase() : undefined;
}

function readTime(text: string, field: OrderField): string | undefined {
  return text === '' && field === 'dueAt' ? NO_TIME : normalizeTime(text);
}

function refusal(parameter: string, message: string): Failure {
  return new Failure('request-invalid', { fields: { [parameter]: [message] } });
}
