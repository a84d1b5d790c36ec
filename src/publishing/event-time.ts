import { toUtcTime } from '../lib/time.ts';

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** The moment of an event's `time` as a wire time in UTC; undefined when it is not RFC 3339, where seconds must stand. */
export function toUtc(text: string): string | undefined {
  return RFC_3339.test(text) ? toUtcTime(text) : undefined;
}
