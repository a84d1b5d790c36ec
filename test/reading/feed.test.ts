import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AccessQuestion } from '../../src/access/ports.ts';
import { monotonic } from '../../src/lib/time.ts';
import { openEpochs } from '../../src/reading/epochs.ts';
import { Feed, type FeedRequest } from '../../src/reading/feed.ts';
import { Freshness } from '../../src/reading/freshness.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { draft, publish } from '../support/log.ts';

const SERVICE = 'urn:altinn:resource:super-simple-service';
const EVENTS = 3000;

let db: TestDatabase;
let feed: Feed;
/** Whether the caller may know of an event, by its number; and how often somebody asked. */
let may: (number: number) => boolean;
let asked: number;

beforeAll(async () => {
  db = await openTestDatabase();
  const { database } = db;
  const key = randomBytes(32);
  const decide = (questions: readonly AccessQuestion[]) => {
    asked++;
    return questions.map(({ instance }) => ({ permitted: may(Number(instance)), because: 'test' }));
  };
  feed = new Feed({
    ...{ database, decisions: { decide }, epochs: await openEpochs(database, () => [key]) },
    freshness: new Freshness(database, {
      access: { version: 0, refresh: async () => undefined },
      now: monotonic,
    }),
  });
  for (let first = 0; first < EVENTS; first += 500) {
    const numbers = Array.from({ length: 500 }, (_, n) => String(first + n));
    await publish(database, ...numbers.map((n) => draft({ resourceInstance: n, bytes: n })));
  }
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => {
  asked = 0;
});

const request = (more: Partial<FeedRequest>): FeedRequest => ({
  ...{ identity: { scopes: [], level: 3 }, filter: { resource: SERVICE }, after: '0', size: 50 },
  ...more,
});

describe('a feed that is read to its end', () => {
  test.each([
    ['everything', 1, 50],
    ['everything in large pages', 1, 1000],
    ['every second event', 2, 7],
    ['one in three', 3, 50],
    ['one in a hundred', 100, 50],
    ['one in a hundred, one by one', 100, 1],
    ['nothing', EVENTS + 1, 50],
  ])('gives %s in order, each once', async (_, share, size) => {
    may = (number) => number % share === share - 1;
    const all: string[] = [];
    for (let after = '0'; ; ) {
      const { events, next } = await feed.page(request({ after, size }));
      expect(events.length).toBeLessThanOrEqual(size);
      all.push(...events);
      if (next === after) break;
      after = next;
    }
    const expected = Array.from({ length: EVENTS }, (__, n) => n).filter(may);
    expect(all).toEqual(expected.map(String));
  });
});

test('a caller who may see little is read for in few steps', async () => {
  may = (number) => number === EVENTS - 1;
  const { events } = await feed.page(request({ size: 10 }));
  expect(events).toEqual([String(EVENTS - 1)]);
  expect(asked).toBeLessThan(12);
});

test('a page that looks at its limit of rows is empty and leads on', async () => {
  const more = Array.from({ length: 2500 }, () => draft({ resourceInstance: '-1', bytes: '-1' }));
  await publish(db.database, ...more);
  may = (number) => number === -1;
  const first = await feed.page(request({ size: 1000 }));
  expect(first.events).toHaveLength(1000);
  may = () => false;
  const empty = await feed.page(request({}));
  expect(empty.events).toEqual([]);
  expect(empty.next).not.toBe((await feed.page(request({ after: empty.next }))).next);
});

test('a page that was decided before the process stood still is decided anew', async () => {
  let stands = true;
  may = () => {
    if (!stands) return false;
    // As under SIGSTOP: nothing else happens, and then the right is gone.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800);
    stands = false;
    return true;
  };
  expect((await feed.page(request({ size: 1 }))).events).toEqual([]);
});

test('a process that stands still again and again says so', async () => {
  may = () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800);
    return true;
  };
  await expect(feed.page(request({ size: 1 }))).rejects.toMatchObject({ code: 'decision-unavailable' });
  expect(asked).toBe(4);
});
