import { describe, expect, test } from 'vitest';
import {
  afterAttempt,
  afterHandshake,
  countsAsAttempt,
  type Health,
  type Held,
  probeGap,
  recovering,
  roomOf,
  SOUND,
} from '../../src/delivery/health.ts';
import type { Verdict } from '../../src/delivery/verdict.ts';

const RULES = { windowMs: 10_000, concurrency: 8 };
const OK: Verdict = { kind: 'delivered', status: 200 };
const REFUSED: Verdict = { kind: 'failed', cause: 'answered 500', status: 500 };
const SILENT: Verdict = { kind: 'failed', cause: 'timeout' };
const GONE: Verdict = { kind: 'gone', cause: 'answered 410', status: 410 };
const wait = (seconds: number): Verdict => {
  return { kind: 'deferred', cause: 'answered 429', status: 429, waitMs: 1000 * seconds };
};
const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** One attempt after the other: [seconds, verdict, dialog]. */
function play(steps: readonly (readonly [number, Verdict, string?])[], from: Health = SOUND): Health {
  return steps.reduce((health, [seconds, verdict, orderKey = 'd']) => {
    return afterAttempt(health, { verdict, orderKey }, { now: 1000 * seconds, random: 0, rules: RULES });
  }, from);
}

const FAILING = play([
  [0, SILENT],
  [1, SILENT],
  [10, SILENT],
]) as Held;

describe('an endpoint is held', () => {
  test('after three requests without an answer, when nothing has succeeded for the length of the window', () => {
    expect(FAILING).toMatchObject({ phase: 'held', because: 'failing', since: 0, nextAt: 15_000, probes: 0 });
    const soon = [0, 1, 9].map((second) => [second, SILENT] as const);
    expect(play(soon)).toMatchObject({ phase: 'closed', unanswered: 3 });
  });

  test('after refusals from three dialogs, and never because of one or two', () => {
    const dialogs = (names: string) => names.split('').map((name, at) => [at * 10, REFUSED, name] as const);
    expect(play(dialogs('abc'))).toMatchObject({ phase: 'held', because: 'failing' });
    expect(play(dialogs('ababababab')).phase).toBe('closed');
  });

  test('not when something succeeds in between', () => {
    expect(
      play([
        [0, SILENT],
        [5, SILENT],
        [6, OK],
        [20, SILENT],
      ]),
    ).toMatchObject({ unanswered: 1 });
    expect(
      play([
        [0, SILENT],
        [6, OK],
      ]),
    ).toBe(SOUND);
  });

  test('for as long as it asks, a day at most, and a second at least', () => {
    expect(play([[5, wait(30)]])).toMatchObject({
      phase: 'held',
      because: 'asked',
      since: 5000,
      nextAt: 35_000,
    });
    expect(play([[0, wait(1e6)]])).toMatchObject({ nextAt: 24 * HOUR });
    expect(play([[0, wait(0)]])).toMatchObject({ nextAt: 1000 });
    expect(
      play([
        [0, wait(60)],
        [1, wait(5)],
      ]),
    ).toMatchObject({ nextAt: 60_000 });
  });
});

describe('while it is held', () => {
  test('nothing begins before its time, and one at a time after it', () => {
    expect([0, 14_999, 15_000].map((now) => roomOf(FAILING, now, 8))).toEqual([0, 0, 1]);
    expect(roomOf(play([[0, GONE]]), 1e9, 8)).toBe(0);
  });

  test('no failure counts as an attempt; the one that made it so did', () => {
    expect(countsAsAttempt(FAILING, play([[15, SILENT]], FAILING))).toBe(false);
    expect(countsAsAttempt(SOUND, FAILING)).toBe(true);
    expect(countsAsAttempt(recovering(1), FAILING)).toBe(false);
  });

  test('what began before says nothing new, and a probe that fails waits longer', () => {
    expect(play([[12, SILENT]], FAILING)).toBe(FAILING);
    expect(play([[15, SILENT]], FAILING)).toMatchObject({ probes: 1, nextAt: 25_000, since: 0 });
  });

  test('probes are a minute apart at most in the first hour, then five, and half an hour after a day', () => {
    const gaps = (failingFor: number, random = 0) =>
      [0, 1, 2, 3, 4, 50].map((probes) => probeGap(probes, failingFor, random) / SECOND);
    expect(gaps(0)).toEqual([5, 10, 20, 40, 60, 60]);
    expect(gaps(HOUR)).toEqual(Array(6).fill(300));
    expect(gaps(24 * HOUR)).toEqual(Array(6).fill(1800));
    expect(gaps(0, 1)).toEqual([4.5, 9, 18, 36, 54, 54]);
  });

  test('a success of what it had before it asked us to wait takes nothing back', () => {
    const asked = play([[0, wait(30)]]);
    expect(play([[1, OK]], asked)).toBe(asked);
    expect(play([[30, OK]], asked)).toEqual(recovering(1));
  });
});

describe('an endpoint that is gone', () => {
  const gone = play([[3, GONE]]) as Held;
  const shake = (verdict: Verdict) => afterHandshake(gone, verdict, { now: 4000, random: 0, rules: RULES });

  test('is asked at once, and is gone for good when it says so again', () => {
    expect(gone).toMatchObject({ because: 'gone', nextAt: 3000 });
    expect(shake(GONE)).toBeUndefined();
  });

  test('comes back with a yes, and is asked again after anything else', () => {
    expect(shake(OK)).toEqual(recovering(1));
    expect(shake(SILENT)).toMatchObject({ because: 'gone', probes: 1, nextAt: 14_000 });
    expect(shake(wait(60))).toMatchObject({ because: 'gone', nextAt: 64_000 });
  });
});

describe('an endpoint that comes back', () => {
  const after = (successes: number) =>
    play(
      Array.from({ length: successes }, () => [20, OK] as const),
      FAILING,
    );

  test('gets one at a time, then 2, then 4, until it has all its room', () => {
    const rooms = [1, 2, 3, 4, 7, 8].map((successes) => roomOf(after(successes), 0, 8));
    expect(rooms).toEqual([1, 2, 2, 4, 4, 8]);
    expect(after(8)).toBe(SOUND);
  });

  test('is held anew when it does not answer, or refuses three dialogs', () => {
    expect(play([[21, SILENT]], after(1))).toMatchObject({ phase: 'held', since: 21_000 });
    expect(play([[21, REFUSED, 'a']], after(1))).toMatchObject({ phase: 'recovering' });
    const three = ['a', 'b', 'c'].map((name) => [21, REFUSED, name] as const);
    expect(play(three, after(1))).toMatchObject({ phase: 'held' });
  });
});

test('what says nothing about the endpoint changes nothing', () => {
  for (const verdict of [
    { kind: 'withheld', cause: '' },
    { kind: 'undecided', cause: '' },
  ] as const)
    expect(play([[15, verdict]], FAILING)).toBe(FAILING);
});
