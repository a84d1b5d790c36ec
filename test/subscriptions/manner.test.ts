import { describe, expect, test } from 'vitest';
import { scheduleOf } from '../../src/delivery/schedule.ts';
import { Failure } from '../../src/lib/errors.ts';
import { readManner } from '../../src/subscriptions/manner.ts';

/** The fields that are refused. */
function faults(request: Parameters<typeof readManner>[0]): string[] {
  try {
    readManner(request);
    return [];
  } catch (thrown) {
    if (thrown instanceof Failure) return Object.keys(thrown.options.fields ?? {});
    throw thrown;
  }
}

describe('the members of a subscription that are ours', () => {
  test('may be left out', () => {
    expect(Object.values(readManner({})).filter((one) => one !== undefined)).toEqual([]);
  });

  test.each([[[1]], [[10, 30, 60]], [Array(20).fill(30_240)], [[86_400]]])(
    'take %j as a schedule',
    (schedule) => {
      expect(readManner({ retrySchedule: schedule }).retrySchedule).toEqual(schedule);
    },
  );

  test.each([[[]], [[0]], [[1.5]], ['10'], [[86_401]], [Array(21).fill(1)], [Array(20).fill(30_241)], [{}]])(
    'refuse %j as a schedule',
    (retrySchedule) => expect(faults({ retrySchedule })).toEqual(['retrySchedule']),
  );

  test('know two orders', () => {
    expect(readManner({ order: 'none' }).ordering).toBe('none');
    expect(faults({ order: 'strict' })).toEqual(['order']);
  });
});

test('a schedule of its own takes the place of the documented one, and is spread likewise', () => {
  const documented = { delays: [10_000], jitter: 0.1 };
  expect(scheduleOf({ retrySchedule: null }, documented)).toBe(documented);
  expect(scheduleOf({ retrySchedule: [5, 60] }, documented)).toEqual({ delays: [5000, 60_000], jitter: 0.1 });
});
