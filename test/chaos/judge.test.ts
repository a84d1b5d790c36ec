import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../scripts/chaos/checker/evidence.ts';
import { forbidden, stray } from '../../scripts/chaos/checker/forbidden.ts';
import { lost, unpublished } from '../../scripts/chaos/checker/losses.ts';
import { altered, disordered } from '../../scripts/chaos/checker/order.ts';
import { recoveries } from '../../scripts/chaos/checker/recovery.ts';
import { repeatsIn } from '../../scripts/chaos/checker/repeats.ts';
import { waysOf } from '../../scripts/chaos/checker/way.ts';
import { arrival, as, change, evidenceOf, fault, takeover, waysIn } from './evidence.ts';

const all = [arrival(1, 1), arrival(2, 2), arrival(3, 3)];
const refused = { status: 500 };

function losses(more: Partial<Evidence>): string[] {
  const evidence = evidenceOf(more);
  return [...lost(evidence, waysIn(evidence))];
}

describe('lost is', () => {
  const letters = new Map([['1 1', 2]]);
  const tells = { missing: 'e1' };

  test.each([
    ['nothing, when everything was taken', { arrivals: all }, 0],
    ['what never came', { arrivals: all.slice(1) }, 1],
    ['what came and was refused', { arrivals: [arrival(1, 1, refused), ...all.slice(1)] }, 1],
    ['a dead letter that nobody refused', { arrivals: all.slice(1), letters }, 1],
    [
      'a dead letter that was not told of',
      { arrivals: [arrival(0, 1, refused), arrival(1, 1, refused), ...all.slice(1)], letters },
      1,
    ],
    [
      'a dead letter that was refused in a batch only',
      {
        arrivals: [arrival(0, 1, { ...refused, attempt: 0 }), ...all.slice(1)],
        letters: new Map([['1 1', 1]]),
      },
      1,
    ],
    [
      'not a dead letter that was refused and told of',
      {
        arrivals: [
          ...[arrival(0, 1, refused), arrival(1, 1, refused)],
          ...[arrival(2, 2, tells), arrival(3, 3, tells)],
        ],
        letters,
      },
      0,
    ],
    ['nothing, when the subscription has ended', { ...as('ended'), changes: [change('ended', 5)] }, 0],
    [
      'not what was withheld while the right was gone',
      {
        ...as('revoked'),
        arrivals: all.slice(1),
        changes: [change('revoked', 5)],
        withheld: new Map([['1 1', 6]]),
      },
      0,
    ],
    [
      'what was withheld before anybody had asked for that',
      {
        ...as('revoked'),
        arrivals: all.slice(1),
        changes: [change('revoked', 5)],
        withheld: new Map([['1 1', 4]]),
      },
      1,
    ],
  ])('%s', (_, more, count) => {
    expect(losses(more)).toHaveLength(count);
  });

  test('what the server said yes to and the log does not hold', () => {
    const said = (via: 'append' | 'dialogs', dialog: string, events: string[]) => ({
      ...{ kind: 'published' as const, via, dialog, events },
    });
    const published = [said('append', 'd', ['e1', 'e9']), said('dialogs', 'd', []), said('dialogs', 'f', [])];
    expect([...unpublished(evidenceOf({ published }))]).toEqual([
      'e9 was published via append and is not in the log',
      'dialog f was changed 1 times and has 0 events',
    ]);
  });
});

describe('out of order is', () => {
  test.each([
    ['not a later arrival of an earlier event that had come before', [...all, arrival(4, 1)], 0],
    ['an earlier event that comes first after a later one', [arrival(1, 2), arrival(2, 1), arrival(3, 3)], 1],
  ])('%s', (_, arrivals, count) => {
    expect([...disordered(waysIn(evidenceOf({ arrivals })))]).toHaveLength(count);
  });

  test('never the same in headers', () => {
    expect([...altered(waysIn(evidenceOf({ arrivals: [arrival(1, 1, { digest: 'y' })] })))]).toEqual([]);
  });

  test('never what belongs to two dialogs; other bytes are found', () => {
    const evidence = evidenceOf({ arrivals: [...all.slice(0, 2), arrival(3, 3, { digest: 'z' })] });
    expect([...altered(waysIn(evidence))]).toHaveLength(1);
  });
});

describe('a repeat is', () => {
  const arrivals = [...all, arrival(1000, 2)];
  const none = { inFlight: 0, unheard: 0, unexplained: [] };

  test.each([
    [
      'in flight at a take-over that did not have it settled',
      { takeovers: [takeover(500, { position: 1 })] },
      { inFlight: 1 },
    ],
    ['not explained by a take-over that had it settled', { takeovers: [takeover(500, { position: 2 })] }, {}],
    [
      'not explained by a take-over that had it as an outcome',
      { takeovers: [takeover(500, { settled: new Set([2]) })] },
      {},
    ],
    ['not explained by a take-over before it', { takeovers: [takeover(-500)] }, {}],
    [
      'in flight at one that had its dialog parked there',
      { takeovers: [takeover(500, { position: 9, parked: { 'r d': 2 } })] },
      { inFlight: 1 },
    ],
    ['not explained by nothing', {}, {}],
  ])('%s', (_, more, explained) => {
    const evidence = evidenceOf({ arrivals, ...more });
    const { unexplained, ...counts } = repeatsIn(evidence, waysIn(evidence));
    expect({ ...counts }).toEqual({ inFlight: 0, unheard: 0, ...explained });
    expect(unexplained).toHaveLength('inFlight' in explained ? 0 : 1);
  });

  test('unheard when it is a further attempt and the process was stopped over the answer', () => {
    const again = [...all, arrival(1000, 2, { attempt: 2 })];
    const faults = [fault('SIGSTOP beyond the lease', 1, 900)];
    const stopped = evidenceOf({ arrivals: again, faults });
    expect(repeatsIn(stopped, waysIn(stopped))).toEqual({ ...none, unheard: 1 });
    const running = evidenceOf({ arrivals: again });
    expect(repeatsIn(running, waysIn(running)).unexplained).toHaveLength(1);
  });

  test('unheard when the delivery log says that it was given up, and there was time for that', () => {
    const timedOut = new Set(['1 2']);
    const after = (milliseconds: number) => {
      const again = [...all, arrival(milliseconds, 2, { attempt: 2 })];
      const evidence = evidenceOf({ arrivals: again, timedOut });
      return repeatsIn(evidence, waysIn(evidence)).unheard;
    };
    expect([after(2000), after(1000)]).toEqual([1, 0]);
  });

  test('unheard when it came in a batch that was given up, and then by itself', () => {
    const batch = [arrival(1, 1, { attempt: 0 }), arrival(1.001, 2, { attempt: 0 }), arrival(2000, 2)];
    const evidence = evidenceOf({ arrivals: batch, timedOut: new Set(['1 2']) });
    expect(repeatsIn(evidence, waysIn(evidence))).toEqual({ ...none, unheard: 1 });
  });

  test('none when the receiver had not taken it', () => {
    const evidence = evidenceOf({ arrivals: [arrival(1, 1, refused), arrival(2, 1), arrival(3, 2)] });
    expect(repeatsIn(evidence, waysIn(evidence))).toEqual(none);
  });

  test('a stray when its event belongs to an earlier round', () => {
    expect([...stray(evidenceOf({ arrivals: [arrival(1, 9)] }))]).toHaveLength(1);
  });
});

describe('forbidden is', () => {
  test.each([
    ['whatever comes when the subscription has ended', [change('ended', 2)], 1],
    ['not what comes a moment after the right was taken', [change('revoked', 2)], 0],
    ['what comes later than that', [change('revoked', -1500)], 3],
    ['whatever comes while it is paused', [change('paused', 1), change('resumed', 3)], 1],
    ['not what comes when the right is asked for again', [change('revoked', -1500), change('granted', 1)], 0],
  ])('%s', (_, changes, count) => {
    expect([...forbidden(evidenceOf({ arrivals: all, changes }))]).toHaveLength(count);
  });
});

describe('deliveries are back', () => {
  const after = (to: number, ...others: ReturnType<typeof fault>[]) => {
    const evidence = evidenceOf({ arrivals: all, faults: [fault('kill -9', 0, to), ...others] });
    return recoveries(evidence, waysOf(evidence)).ours[0]?.milliseconds;
  };

  test('with the first one that is taken after the fault, counted from when it was due', () => {
    expect(after(1.5)).toBe(0);
    expect(after(2.5)).toBe(0);
    expect(after(3.5)).toBeUndefined();
  });

  test('at a time that nobody can tell when another fault came between', () => {
    expect(after(1.5, fault('backends killed', 1.6, 1.7))).toBeUndefined();
  });
});
