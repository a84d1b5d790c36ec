import { fromEpoch, isWireTime, toEpoch } from '../lib/time.ts';

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/**
 * The moment of an RFC 3339 timestamp in UTC, to the microsecond, in the years 1 to 9999; undefined for anything else.
 * Offsets and fractions that PostgreSQL does not take are legal in an event.
 */
export function toUtc(text: string): string | undefined {
  if (!RFC_3339.test(text) || !isWireTime(text)) return undefined;
  const micros = (/\.(\d+)/.exec(text)?.[1] ?? '').slice(0, 6).padEnd(6, '0');
  const [seconds = ''] = fromEpoch(toEpoch(text.replace(/\.\d+/, ''))).split('.');
  return /^(?!0000)\d{4}-/.test(seconds) ? `${seconds}.${micros}0Z` : undefined;
}
