import { describe, expect, test } from 'vitest';
import { completeness, leaks, type Ledger } from './ledger.ts';

const party = 'A';
const event = (id: string, at: number) => ({ id, party, dialog: 'd', begun: at, committed: at });
const told = (channel: 'webhook' | 'feed' | 'live', id: string, at: number) => ({
  ...{ channel, party, id, seen: at, earliest: at },
});

/** Given at 0, taken at 10,000, given again at 20,000; each is answered 10 ms later. */
function ledger(more: Partial<Ledger>): Ledger {
  const changes = (['grant', 'revocation', 'grant'] as const).map((kind, index) => ({
    ...{ party, kind, asked: index * 10_000, answered: index * 10_000 + 10 },
  }));
  return { changes, events: [], told: [], stops: [], ...more };
}

describe('a leak is', () => {
  test.each([
    ['not what is told while the right stands', 9000, false],
    ['not what is told within a second of the answer to the revocation', 11_010, false],
    ['what is told after that', 11_011, true],
    ['not what is told when the right has been asked for again', 20_000, false],
  ])('%s', (_, at, isLeak) => {
    expect(leaks(ledger({ told: [told('webhook', 'x', at)] }))).toHaveLength(isLeak ? 1 : 0);
  });

  test('not what may have come in time while the watcher was busy', () => {
    expect(leaks(ledger({ told: [{ ...told('feed', 'x', 12_000), earliest: 11_000 }] }))).toEqual([]);
  });

  test('not what another party is told of', () => {
    expect(leaks(ledger({ told: [{ ...told('feed', 'x', 12_000), party: 'B' }] }))).toEqual([]);
  });
});

describe('due is', () => {
  test.each([
    ['not what commits within a second of the grant', 1000, 0],
    ['what commits after that', 1010, 2],
    ['what commits long enough before the next revocation', 8990, 2],
    ['not what commits right before it', 9000, 0],
    ['not what commits without the right', 15_000, 0],
    ['what commits after the last grant', 30_000, 2],
  ])('%s', (_, at, due) => {
    const given = ledger({ events: [event('x', at)] });
    expect(completeness(given, new Set(), 1000)).toMatchObject({ due, missing: { length: due } });
  });

  test('not what the system stood still too long for', () => {
    const events = [event('x', 7000)];
    const stops = [{ from: 6900, to: 8500 }];
    expect(completeness(ledger({ events }), new Set(), 1000).due).toBe(2);
    expect(completeness(ledger({ events, stops }), new Set(), 1000).due).toBe(0);
  });

  test('on the live channel whatever is told of the dialog in time', () => {
    const events = [event('x', 5000)];
    const others = [told('webhook', 'x', 5001), told('feed', 'x', 5002)];
    const missing = (at: number) =>
      completeness(ledger({ events, told: [...others, told('live', 'd', at)] }), new Set(['d']), 1000)
        .missing;
    expect(missing(5003)).toEqual([]);
    expect(missing(4999)).toEqual([{ channel: 'live', event: events[0] }]);
    expect(missing(6001)).toEqual([{ channel: 'live', event: events[0] }]);
  });
});
