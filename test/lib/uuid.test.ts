import { expect, test } from 'vitest';
import { isUuid, timeOfUuidv7, uuidv7 } from '../../src/lib/uuid.ts';

test.each([0, 1, 1_764_000_000_000, 2 ** 48 - 1])('a UUID of version 7 carries its time, %d', (time) => {
  const uuid = uuidv7(time + 0.7);
  expect(isUuid(uuid)).toBe(true);
  expect(uuid).toMatch(/^.{14}7.{4}[89ab]/);
  expect(timeOfUuidv7(uuid)).toBe(time);
});

test('no two are the same, also of one moment', () => {
  const made = new Set(Array.from({ length: 1000 }, () => uuidv7(1_764_000_000_000)));
  expect(made.size).toBe(1000);
});
