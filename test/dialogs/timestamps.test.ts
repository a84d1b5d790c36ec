import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextMicrosecond, normalizeTime, stampsAtCreation } from '../../src/dialogs/timestamps.ts';
import { fromEpoch } from '../../src/lib/time.ts';

const NOW = '2026-11-23T12:00:00.0000000Z';

describe('a time that a client sends', () => {
  test.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.0000000Z'],
    ['2026-01-02T03:04Z', '2026-01-02T03:04:00.0000000Z'],
    ['2026-01-02t03:04:05.1z', '2026-01-02T03:04:05.1000000Z'],
    ['2026-01-02T03:04:05.12345678901Z', '2026-01-02T03:04:05.1234560Z'],
    ['2026-01-02T00:30:00.999999+02:00', '2026-01-01T22:30:00.9999990Z'],
    ['1969-12-31T23:59:59.5Z', '1969-12-31T23:59:59.5000000Z'],
  ])('%s is %s', (sent, kept) => {
    expect(normalizeTime(sent)).toBe(kept);
  });

  test.each([
    '2026-01-02T03:04:05',
    '2026-02-30T00:00:00Z',
    '2026-01-02',
    'now',
    '',
    '0000-06-01T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
  ])('%s is none', (sent) => {
    expect(normalizeTime(sent)).toBeUndefined();
  });

  test('keeps every microsecond, and is itself when it is sent again', () => {
    const micros = fc.integer({ min: 0, max: 999_999 });
    const seconds = fc.integer({ min: -2_000_000_000, max: 4_000_000_000 });
    fc.assert(
      fc.property(seconds, micros, (second, micro) => {
        const time = `${fromEpoch(second * 1000).slice(0, 20)}${String(micro).padStart(6, '0')}0Z`;
        expect(normalizeTime(time)).toBe(time);
        expect(nextMicrosecond(time) > time).toBe(true);
      }),
    );
  });
});

test('the microsecond after the last of a second is the first of the next', () => {
  expect(nextMicrosecond('2026-12-31T23:59:59.9999990Z')).toBe('2027-01-01T00:00:00.0000000Z');
});

describe('a new dialog', () => {
  test('is stamped with the time of the request', () => {
    expect(stampsAtCreation({}, NOW, false)).toEqual({
      createdAt: NOW,
      updatedAt: NOW,
      contentUpdatedAt: NOW,
      contentSeen: false,
      held: false,
    });
  });

  test('keeps the times that it brings', () => {
    const createdAt = '2025-12-24T00:00:00.0000000Z';
    const updatedAt = '2025-12-25T00:00:00.0000000Z';
    expect(stampsAtCreation({ createdAt }, NOW, false)).toMatchObject({ createdAt, updatedAt: createdAt });
    expect(stampsAtCreation({ createdAt, updatedAt }, NOW, false)).toMatchObject({
      createdAt,
      updatedAt,
      contentUpdatedAt: updatedAt,
      contentSeen: false,
    });
  });

  test('counts as seen when it comes from Altinn 2', () => {
    const createdAt = '2025-11-30T23:59:59.9999990Z';
    expect(stampsAtCreation({ createdAt }, NOW, false).contentSeen).toBe(true);
    expect(stampsAtCreation({}, NOW, true).contentSeen).toBe(true);
  });

  test('that is held back has every time at the moment of its release', () => {
    const visibleFrom = '2027-01-01T00:00:00.0000000Z';
    expect(stampsAtCreation({ visibleFrom, createdAt: NOW }, NOW, false)).toMatchObject({
      createdAt: visibleFrom,
      updatedAt: visibleFrom,
      contentUpdatedAt: visibleFrom,
      held: true,
    });
    expect(stampsAtCreation({ visibleFrom: NOW }, NOW, false).held).toBe(false);
  });
});
