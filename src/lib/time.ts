/**
 * Time in the house. Timestamps travel as text, from PostgreSQL to the wire, so that no digit is lost on the way;
 * `new Date(` appears only here.
 */

/** Milliseconds since 1970 on the wall clock, with fractions. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now();
}

/** Milliseconds on a clock that never goes back: for leases, deadlines and durations. */
export function monotonic(): number {
  return performance.now();
}

const POSTGRES_TIME = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/;

/**
 * PostgreSQL's text of a timestamptz (session time zone UTC) as it goes on the wire: `2026-01-02T03:04:05.1234560Z`,
 * seven digits as the Dialogporten contract writes them, the seventh always 0.
 */
export function toWireTime(text: string): string {
  const parts = POSTGRES_TIME.exec(text);
  if (!parts) return text;
  return `${parts[1]}T${parts[2]}.${(parts[3] ?? '').padEnd(6, '0')}0Z`;
}

const WIRE_TIME = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d(?::\d\d)?)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** Whether the text is a date-time with an explicit offset (RFC 3339; seconds may be left out) that exists. */
export function isWireTime(text: string): boolean {
  const [, date = '', clock = '', , offset = ''] = WIRE_TIME.exec(text) ?? [];
  return (
    isDate(date) &&
    !clock.startsWith('24') &&
    !Number.isNaN(Date.parse(`${date}T${clock}${offset.toUpperCase()}`))
  );
}

/** Whether the text is a day of the calendar, such as `2026-02-28`. Parsing alone takes the 30th for the 2nd of March. */
export function isDate(text: string): boolean {
  const epoch = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(epoch) && new Date(epoch).toISOString().startsWith(text);
}

/** Epoch milliseconds of a wire time; digits beyond the microsecond are cut. */
export function toEpoch(text: string): number {
  const parts = WIRE_TIME.exec(text);
  if (!parts) return Number.NaN;
  const whole = Date.parse(`${parts[1]}T${parts[2]}${parts[4]?.toUpperCase()}`);
  return whole + Math.floor(Number(`0${parts[3] ?? '.0'}`) * 1e6) / 1e3;
}

/** A wire time from epoch milliseconds. */
export function fromEpoch(milliseconds: number): string {
  const micros = Math.floor((milliseconds % 1) * 1000);
  const text = new Date(milliseconds).toISOString();
  return `${text.slice(0, -1)}${String(micros).padStart(3, '0')}0Z`;
}

/**
 * The moment of a date-time with an offset as a wire time in UTC, digits beyond the microsecond cut; undefined for
 * anything else and outside the years 1 to 9999. Takes offsets and fractions that PostgreSQL does not.
 */
export function toUtcTime(text: string): string | undefined {
  if (!isWireTime(text)) return undefined;
  const micros = (/\.(\d+)/.exec(text)?.[1] ?? '').slice(0, 6).padEnd(6, '0');
  const [seconds = ''] = fromEpoch(toEpoch(text.replace(/\.\d+/, ''))).split('.');
  return /^(?!0000)\d{4}-/.test(seconds) ? `${seconds}.${micros}0Z` : undefined;
}

/** An HTTP date (RFC 1123), for Expires and Retry-After. */
export function toHttpDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString();
}

/** Resolves after so many milliseconds, or at once when the signal is aborted. Never rejects. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}
