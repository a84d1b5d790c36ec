import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../support/platform.ts';
import { hammer, kinds, type Tally } from './malformed/hammer.ts';
import { readRemains, type Remains } from './malformed/remains.ts';
import { openStage } from './malformed/stage.ts';

/** Of each kind at least forty; `scripts/malformed.ts` sends more. */
const COUNT = 2000;
const SEED = 1;

let platform: TestPlatform;
let first: string;
let tally: Tally;
let remains: Remains;

beforeAll(async () => {
  platform = await startTestPlatform({ MAX_BODY_BYTES: '1000000' });
  const stage = await openStage(platform.base);
  first = stage.dialog;
  tally = await hammer(stage, { count: COUNT, seed: SEED });
  remains = await readRemains(platform.db.database);
}, 60_000);
afterAll(() => platform[Symbol.asyncDispose]());

test('malformed requests of every kind are answered with the status and the shape of their contract', () => {
  expect(tally.faults).toEqual([]);
});

test('every kind has been sent at least forty times and refused at least once', () => {
  expect(kinds.length).toBeGreaterThanOrEqual(20);
  const rare = kinds.filter(({ name }) => count(name) < 40 || count(name, (status) => status >= 400) === 0);
  expect(rare).toEqual([]);
});

test('nothing has turned out valid that cannot be', () => {
  const accepted = kinds.filter(
    ({ neverValid, name }) => neverValid && count(name, (status) => status < 400) > 0,
  );
  expect(accepted).toEqual([]);
});

test('what was answered with 201 is there, and nothing else', () => {
  expect(remains.dialogs).toEqual([first, ...tally.dialogs].toSorted());
  expect(remains.subscriptions).toEqual([...tally.subscriptions].toSorted((one, other) => one - other));
  expect(remains.outsideEvents).toBe(tally.events);
});

test('no dialog is half there: its events are contiguous and tell of all that it holds', () => {
  expect(remains.torn).toEqual([]);
});

test('no transaction is left open', () => {
  expect(remains.parked).toBe(0);
});

test('no prototype has been written to', () => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
});

/** How often a kind was answered, with such a status. */
function count(kind: string, passes: (status: number) => boolean = () => true): number {
  const answers = [...(tally.statuses.get(kind) ?? [])];
  return answers.reduce((sum, [status, times]) => sum + (passes(status) ? times : 0), 0);
}
