import { isDate } from '../../lib/time.ts';

/**
 * Dates and times of XML Schema as text that is the same exactly when the moments are the same: op:date-equal,
 * op:time-equal and op:dateTime-equal of XPath Functions compare what this writes. A value without a time zone is in
 * UTC: a decision must not depend on where it is made. Years 0001–9999 and nine fractional digits are what is read.
 */
const DATE_FORM = /^(\d{4})-(\d\d)-(\d\d)(Z|[+-]\d\d:\d\d)?$/;
const TIME_FORM = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?$/;

/** The day on which op:time-equal places both times before it compares them. */
const REFERENCE_DAY = '1972-12-31';

/** An xs:dateTime; undefined when it is none. */
export function canonicalDateTime(text: string): string | undefined {
  const at = text.indexOf('T');
  return at < 0 ? undefined : moment(text.slice(0, at), text.slice(at + 1));
}

/** An xs:date: the moment at which it begins, in its own zone. */
export function canonicalDate(text: string): string | undefined {
  const parts = DATE_FORM.exec(text);
  if (!parts) return undefined;
  const zone = parts[4] ?? '';
  return moment(text.slice(0, text.length - zone.length), `00:00:00${zone}`);
}

/** An xs:time. 24:00:00 is midnight, and midnight begins the day. */
export function canonicalTime(text: string): string | undefined {
  return moment(REFERENCE_DAY, text.replace(/^24:00:00(?!\.0*[1-9])/, '00:00:00'));
}

/** Seconds since 1970 in UTC and the fraction, from a date without zone and a time with or without one. */
function moment(date: string, time: string): string | undefined {
  const midnight = daySeconds(date);
  const parts = TIME_FORM.exec(time);
  if (midnight === undefined || !parts) return undefined;
  const [hours, minutes, seconds] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const fraction = (parts[4] ?? '').replace(/0{1,9}$/, '');
  const zone = zoneSeconds(parts[5] ?? 'Z');
  const endsDay = hours === 24 && minutes === 0 && seconds === 0 && fraction === '';
  if (zone === undefined || minutes > 59 || seconds > 59 || (hours > 23 && !endsDay)) return undefined;
  return `${midnight + hours * 3600 + minutes * 60 + seconds - zone}.${fraction}`;
}

function daySeconds(date: string): number | undefined {
  return isDate(date) && !date.startsWith('0000') ? Date.parse(date) / 1000 : undefined;
}

function zoneSeconds(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))];
  if (minutes > 59 || hours * 60 + minutes > 14 * 60) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}
