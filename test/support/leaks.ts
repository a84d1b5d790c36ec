import { afterAll, beforeAll } from 'vitest';
import { leftBehind, takeStock } from './resources.ts';
import { until } from './until.ts';

/** What stays open after a test file would keep a process from ending, so a file that leaves something behind fails. */
let before: ReadonlyMap<string, number>;

// The runner has no lasting timers of its own, only one of 100 ms that comes and goes: every timer that stays is ours.
beforeAll(() => {
  before = new Map([...takeStock(), ['Timeout', 0]]);
});

// Registered before the file's own hooks, so it runs after all of them. What was closed a moment ago may take a moment.
afterAll(async () => {
  await until(
    'everything that this file opened was closed',
    () => {
      const left = leftBehind(before, takeStock());
      if (left.length > 0) throw new Error(`still open: ${left.join(', ')}`);
      return true;
    },
    { timeout: 3000 },
  );
});
