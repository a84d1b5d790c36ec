import { beforeEach, describe, expect, test } from 'vitest';
import { Lookup, type LookupOptions } from '../../../src/access/altinn/lookup.ts';

let now = 0;
/** What was asked, request by request, and how each is answered. */
let asked: string[][] = [];
let answers: ((batch: readonly string[]) => Promise<ReadonlyMap<string, string>>)[] = [];

beforeEach(() => {
  now = 0;
  asked = [];
  answers = [];
});

const echo = async (batch: readonly string[]) => new Map(batch.map((one) => [one, one.toUpperCase()]));

function lookup(more: Partial<LookupOptions<string, string>> = {}): Lookup<string, string> {
  return new Lookup({
    ...{ keyOf: (question) => question, lifetimeOf: () => 1000, joinsSent: true },
    ...{ batchMost: 3, requestsMost: 2, now: () => now },
    ask: (batch) => {
      asked.push([...batch]);
      return (answers.shift() ?? echo)(batch);
    },
    ...more,
  });
}

/** An answer that is given when the test says so. */
function held() {
  let give!: () => void;
  const gate = new Promise<void>((resolve) => {
    give = resolve;
  });
  answers.push(async (batch) => {
    await gate;
    return echo(batch);
  });
  return give;
}

const findAll = (one: Lookup<string, string>, ...questions: string[]) =>
  Promise.all(questions.map(async (question) => (await one.find(question)).answer));

describe('what comes in one turn', () => {
  test('goes in one request, the same question once, everybody with an answer of their own', async () => {
    expect(await findAll(lookup(), 'a', 'b', 'a')).toEqual(['A', 'B', 'A']);
    expect(asked).toEqual([['a', 'b']]);
  });

  test('and is too much for one request goes in several', async () => {
    await findAll(lookup(), 'a', 'b', 'c', 'd');
    expect(asked).toEqual([['a', 'b', 'c'], ['d']]);
  });
});

test('while as many requests are under way as may be, the rest waits and goes together', async () => {
  const [first, second] = [held(), held()];
  const one = lookup({ batchMost: 10 });
  const all = [one.find('a')];
  await new Promise(setImmediate);
  all.push(one.find('b'));
  await new Promise(setImmediate);
  for (const question of ['c', 'd', 'e']) {
    all.push(one.find(question));
    await new Promise(setImmediate);
  }
  expect(asked).toEqual([['a'], ['b']]);
  first();
  second();
  await Promise.all(all);
  expect(asked).toEqual([['a'], ['b'], ['c', 'd', 'e']]);
});

describe('an answer', () => {
  test('is used for its lifetime, counted from when it was asked for, and not a moment longer', async () => {
    const give = held();
    const one = lookup();
    const first = one.find('a');
    await new Promise(setImmediate);
    now = 400;
    give();
    expect(await first).toEqual({ answer: 'A', askedAt: 0 });
    now = 999;
    expect(await one.find('a')).toEqual({ answer: 'A', askedAt: 0 });
    now = 1000;
    expect((await one.find('a')).askedAt).toBe(1000);
    expect(asked).toEqual([['a'], ['a']]);
  });

  test('that is not remembered serves only those who were there when it was asked for', async () => {
    const give = held();
    const one = lookup({ lifetimeOf: () => 0, joinsSent: false });
    const early = findAll(one, 'a', 'a');
    await new Promise(setImmediate);
    const late = one.find('a');
    give();
    await Promise.all([early, late]);
    expect(asked).toEqual([['a'], ['a']]);
  });

  test('that is missing fails its question alone', async () => {
    answers.push(async () => new Map([['a', 'A']]));
    const one = lookup();
    const [a, b] = await Promise.allSettled([one.find('a'), one.find('b')]);
    expect([a.status, b.status]).toEqual(['fulfilled', 'rejected']);
    expect((b as PromiseRejectedResult).reason).toMatchObject({ code: 'decision-unavailable' });
  });

  test('that could not be had is not remembered', async () => {
    answers.push(() => Promise.reject(new Error('gone')));
    const one = lookup();
    await expect(one.find('a')).rejects.toThrow('gone');
    expect((await one.find('a')).answer).toBe('A');
  });
});

describe('bounds', () => {
  test('the oldest of fifty thousand answers goes when one more comes', async () => {
    const one = lookup({ batchMost: 10_000 });
    for (let round = 0; round < 5; round++) {
      await findAll(one, ...Array.from({ length: 10_000 }, (_, index) => `q${round * 10_000 + index}`));
    }
    await one.find('one more');
    expect([one.recall('q0'), one.recall('q1')?.answer]).toEqual([undefined, 'Q1']);
  });

  test('no more than twenty thousand wait', async () => {
    const give = held();
    const one = lookup({ requestsMost: 1, batchMost: 30_000 });
    const first = one.find('first');
    await new Promise(setImmediate);
    const all = Array.from({ length: 20_001 }, (_, index) => one.find(`q${index}`));
    await expect(all.at(-1)).rejects.toMatchObject({
      code: 'decision-unavailable',
      options: { retryAfter: 1 },
    });
    give();
    await first;
    expect(await Promise.all(all.slice(0, -1))).toHaveLength(20_000);
  });
});
