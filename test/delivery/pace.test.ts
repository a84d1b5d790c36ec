import { expect, test } from 'vitest';
import { nextWindow, WINDOW } from '../../src/delivery/pace.ts';

test('the window of a course that is behind doubles while its endpoint is quick, up to a bound', () => {
  const windows = [WINDOW.first];
  for (let n = 0; n < 10; n++) windows.push(nextWindow(windows.at(-1)!, 10));
  expect(windows.slice(0, 5)).toEqual([64, 128, 256, 512, 512]);
  expect(windows.at(-1)).toBe(WINDOW.most);
});

test('it is small again as soon as the endpoint has not been quick, and at the beginning', () => {
  expect(nextWindow(512, 251)).toBe(WINDOW.first);
  expect(nextWindow(WINDOW.first, Number.POSITIVE_INFINITY)).toBe(WINDOW.first);
});
