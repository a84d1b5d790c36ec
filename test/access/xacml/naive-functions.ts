/**
 * The match functions once more, by other means: numbers are BigInt, days are counted one year at a time, patterns run
 * on the engine of JavaScript. A function answers undefined when an argument is not of its data type.
 */
export type NaiveFunction = (literal: string, value: string) => boolean | undefined;

export const naiveFunctions: Readonly<Record<string, NaiveFunction>> = {
  'string-equal': (literal, value) => literal === value,
  'string-equal-ignore-case': (literal, value) => literal.toLowerCase() === value.toLowerCase(),
  'string-regexp-match': (literal, value) => new RegExp(literal).test(value),
  'anyURI-equal': (literal, value) => trim(literal) === trim(value),
  'boolean-equal': comparing(readBoolean),
  'integer-equal': comparing(readInteger),
  'date-equal': comparing(readDate),
  'time-equal': comparing(readTime),
  'dateTime-equal': comparing(readDateTime),
};

/** Whether a text is of the data type; every text is a string or a URI. */
export function isOfType(dataType: string, text: string): boolean {
  const readers: Readonly<Record<string, Reader>> = {
    boolean: readBoolean,
    integer: readInteger,
    date: readDate,
    time: readTime,
    dateTime: readDateTime,
  };
  const reader = readers[dataType.replace(/^.*#/, '')];
  return !reader || reader(trim(text)) !== undefined;
}

type Reader = (text: string) => bigint | boolean | undefined;

function comparing(read: Reader): NaiveFunction {
  return (literal, value) => {
    const [left, right] = [read(trim(literal)), read(trim(value))];
    return left === undefined || right === undefined ? undefined : left === right;
  };
}

function readBoolean(text: string): boolean | undefined {
  if (text === 'true' || text === '1') return true;
  return text === 'false' || text === '0' ? false : undefined;
}

function readInteger(text: string): bigint | undefined {
  return /^[+-]?[0-9]+$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
}

/** Nanoseconds since the year 1 in UTC. */
function readDateTime(text: string): bigint | undefined {
  const [date = '', clock, ...rest] = text.split('T');
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || clock === undefined || rest.length > 0) return undefined;
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const nanoseconds = readClock(clock);
  if (month < 1 || month > 12 || day < 1 || day > lengthOf(month, year) || year < 1) return undefined;
  return nanoseconds === undefined ? undefined : BigInt(daysBefore(year, month) + day) * DAY + nanoseconds;
}

function readDate(text: string): bigint | undefined {
  const zone = /(Z|[+-]\d\d:\d\d)$/.exec(text.slice(10))?.[0] ?? '';
  return text.length === 10 + zone.length ? readDateTime(`${text.slice(0, 10)}T00:00:00${zone}`) : undefined;
}

function readTime(text: string): bigint | undefined {
  const nanoseconds = readClock(text);
  const isEndOfDay = nanoseconds !== undefined && text.startsWith('24');
  return isEndOfDay ? nanoseconds - DAY : nanoseconds;
}

const DAY = 86_400_000_000_000n;

/** Nanoseconds since midnight in UTC; below zero or beyond a day where the zone moves it there. */
function readClock(text: string): bigint | undefined {
  const match = /^(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|([+-])(\d\d):(\d\d))?$/.exec(text);
  if (!match) return undefined;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const fraction = BigInt((match[4] ?? '').slice(1).padEnd(9, '0'));
  const clock = BigInt((hours * 60 + minutes) * 60 + seconds) * 1_000_000_000n + fraction;
  if (hours > 24 || minutes > 59 || seconds > 59 || clock > DAY) return undefined;
  const [zoneHours, zoneMinutes] = [Number(match[7] ?? 0), Number(match[8] ?? 0)];
  if (zoneMinutes > 59 || zoneHours * 60 + zoneMinutes > 840) return undefined;
  const zone = BigInt(zoneHours * 60 + zoneMinutes) * 60_000_000_000n;
  return match[6] === '-' ? clock + zone : clock - zone;
}

function daysBefore(year: number, month: number): number {
  let days = 0;
  for (let one = 1; one < year; one++) days += lengthOf(2, one) === 29 ? 366 : 365;
  for (let one = 1; one < month; one++) days += lengthOf(one, year);
  return days;
}

function lengthOf(month: number, year: number): number {
  if (month === 2) return year % 400 === 0 || (year % 4 === 0 && year % 100 !== 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function trim(text: string): string {
  return text.replace(/^[ \t\r\n]+/, '').replace(/[ \t\r\n]+$/, '');
}
