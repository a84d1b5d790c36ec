import { describe, expect, test } from 'vitest';
import { fromEpoch, isDate, isWireTime, toEpoch, toUtcTime, toWireTime } from '../../src/lib/time.ts';

describe('a wire time', () => {
  test.each([
    '2026-01-02T03:04:05Z',
    '2026-01-02t03:04:05.1234567z',
    '2026-01-02T03:04Z',
    '2024-02-29T23:59:59.9+01:00',
    '0001-01-01T00:00:00-05:30',
  ])('may be %s', (text) => {
    expect(isWireTime(text)).toBe(true);
  });

  test.each([
    ['without an offset', '2026-01-02T03:04:05'],
    ['without a time', '2026-01-02'],
    ['on the 30th of February', '2026-02-30T00:00:00Z'],
    ['on the 29th of February of a common year', '2026-02-29T00:00:00Z'],
    ['on the 31st of April', '2026-04-31T00:00:00Z'],
    ['in the 13th month', '2026-13-01T00:00:00Z'],
    ['on day 0', '2026-01-00T00:00:00Z'],
    ['at hour 24', '2026-01-01T24:00:00Z'],
    ['at minute 60', '2026-01-01T23:60:00Z'],
    ['behind another', '2026-01-01T00:00:00Z2026-01-01T00:00:00Z'],
  ])('is none %s', (_, text) => {
    expect(isWireTime(text)).toBe(false);
  });

  test('goes to epoch milliseconds and back with its microseconds', () => {
    expect(fromEpoch(toEpoch('2026-01-02T03:04:05.1234567+01:00'))).toBe('2026-01-02T02:04:05.1234560Z');
    expect(toWireTime('2026-01-02 02:04:05.123456+00')).toBe('2026-01-02T02:04:05.1234560Z');
  });
});

test.each([
  ['2026-01-02T03:04Z', '2026-01-02T03:04:00.0000000Z'],
  ['2026-01-02T03:04:05.1234567+01:00', '2026-01-02T02:04:05.1234560Z'],
  ['0001-01-01T00:00:00+00:01', undefined],
  ['9999-12-31T23:59:59-00:01', undefined],
])('%s in UTC is %s', (text, utc) => {
  expect(toUtcTime(text)).toBe(utc);
});

test('a date is a day of the calendar', () => {
  const texts = ['2026-02-28', '2024-02-29', '2026-02-29', '1900-02-29', '2026-2-28', '2026-06-31', ''];
  expect(texts.filter(isDate)).toEqual(['2026-02-28', '2024-02-29']);
});
