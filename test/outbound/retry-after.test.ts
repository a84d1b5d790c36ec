import { expect, test } from 'vitest';
import { retryAfterSeconds } from '../../src/outbound/retry-after.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

test.each([
  ['0', 0],
  ['120', 120],
  ['Fri, 02 Jan 2026 03:05:05 GMT', 60],
  ['Fri, 02 Jan 2026 03:00:00 GMT', 0],
  ['-1', undefined],
  ['1.5', undefined],
  ['12345678901', undefined],
  ['soon', undefined],
  ['2026-01-02', undefined],
  ['Fri, 99 Jan 2026 03:05:05 GMT', undefined],
  ['', undefined],
])('reads %j as %j', (header, seconds) => {
  expect(retryAfterSeconds(header, NOW)).toBe(seconds);
});

test('reads nothing where there is none, or two', () => {
  expect(retryAfterSeconds(undefined, NOW)).toBeUndefined();
  expect(retryAfterSeconds(['1', '2'], NOW)).toBeUndefined();
});
