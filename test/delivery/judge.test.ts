import { expect, test } from 'vitest';
import { type Entry, type Evidence, judge } from './judge.ts';

const published = Array.from({ length: 6 }, (_, index) => ({
  ...{ id: `e${index + 1}`, position: index + 1, dialog: index % 2 === 0 ? 'even' : 'odd' },
  bytes: `{"id":"e${index + 1}"}`,
}));

/** Everything arrived once, one after the other; a process was killed after the fourth, when all was committed. */
function evidence(): Evidence & { readonly entries: Entry[] } {
  const entries = published.map(({ id, position, bytes }) => arrival(id, bytes, 10 * position));
  const kills = [{ isSettled: () => true }];
  return { subscriptions: [7], published, entries, dead: new Set(), kills };
}

function arrival(id: string, bytes: string, at: number): Entry {
  const headers = { 'webhook-id': id, 'webhook-signature': 'v1,c2lnbmVk' };
  return {
    subscription: 7,
    id,
    at,
    process: at < 45 ? 0 : 1,
    headers,
    bytes,
    status: 200,
    answeredAt: at + 1,
  };
}

test('a run in which everything arrived once and in order is good', () => {
  expect(judge(evidence())).toEqual([]);
});

test('an arrival that is missing is a loss', () => {
  const run = evidence();
  run.entries.splice(2, 1);
  expect(judge(run)).toEqual(['event 3 to 7: lost after 0 arrivals']);
});

test('an arrival that was only refused is a loss, unless the event is a dead letter', () => {
  const run = evidence();
  run.entries[2]!.status = 500;
  expect(judge(run)).toEqual(['event 3 to 7: lost after 1 arrivals']);
  expect(judge({ ...run, dead: new Set(['7 3']) })).toEqual([]);
});

test('a dead letter that was taken is a fault', () => {
  expect(judge({ ...evidence(), dead: new Set(['7 3']) })).toEqual([
    'event 3 to 7: dead, although it was taken',
  ]);
});

test('a swapped pair of one dialog is out of order, one of two dialogs is not', () => {
  const run = evidence();
  const swap = (one: number, other: number) => {
    const entries = run.entries.map((entry, index) => {
      const at = run.entries[index === one ? other : index === other ? one : index]!.at;
      return { ...entry, at, answeredAt: at + 1 };
    });
    return judge({ ...run, entries: entries.toSorted((left, right) => left.at - right.at) });
  };
  expect(swap(1, 3)).toEqual(['to 7: event 4 first arrived before 2']);
  expect(swap(1, 2)).toEqual([]);
});

test('something settled that is sent again is a repeat, before a kill and after it', () => {
  const run = evidence();
  const again = (at: number) => [...run.entries, arrival('e2', published[1]!.bytes, at)];
  expect(judge({ ...run, entries: again(44) })).toEqual(['event 2 to 7: sent by 0 after 0 had settled it']);
  expect(judge({ ...run, entries: again(99) })).toEqual(['event 2 to 7: sent by 1 after 0 had settled it']);
});

test('something in flight at the kill may be sent again, but not twice', () => {
  const run = evidence();
  const kills = [{ isSettled: () => false }];
  const once = [...run.entries, arrival('e4', published[3]!.bytes, 50)];
  expect(judge({ ...run, entries: once, kills })).toEqual([]);
  const twice = [...once, arrival('e4', published[3]!.bytes, 60)];
  expect(judge({ ...run, entries: twice, kills })).toEqual([
    'event 4 to 7: sent by 1 after 1 had settled it',
  ]);
});

test('a second request before the first was answered is a double send', () => {
  const run = evidence();
  run.entries[1]!.answeredAt = 44;
  run.entries.push(arrival('e2', published[1]!.bytes, 30));
  expect(judge(run)).toEqual(['event 2 to 7: sent twice at once']);
});

test('other bytes and a missing signature are faults', () => {
  const run = evidence();
  run.entries[0] = { ...run.entries[0]!, bytes: '{"id": "e1"}' };
  run.entries[1] = { ...run.entries[1]!, headers: {} };
  expect(judge(run)).toEqual([
    'event 1 to 7: arrived with other bytes',
    'event 2 to 7: arrived without its signature',
  ]);
});
