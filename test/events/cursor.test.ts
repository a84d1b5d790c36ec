import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatCursor, parseCursor } from '../../src/events/cursor.ts';

const key = randomBytes(32);
const epoch = '0f1e2d3c';
const text = formatCursor({ epoch, position: 4_294_967_297 }, key);

test('a cursor comes back as it was made, for every epoch and every position', () => {
  const epochs = fc.stringMatching(/^[0-9a-f]{8}$/);
  const positions = fc.integer({ min: 0, max: 2 ** 53 - 1 });
  fc.assert(
    fc.property(epochs, positions, (some, position) => {
      const cursor = { epoch: some, position };
      expect(parseCursor(formatCursor(cursor, key), [key])).toEqual(cursor);
    }),
  );
});

test('a cursor says its version, epoch and position, and needs no escape in a URL', () => {
  expect(text).toMatch(/^b1\.0f1e2d3c\.4294967297\.[\w-]{8}$/);
  expect(encodeURIComponent(text)).toBe(text);
});

test('a cursor of a former key is accepted as long as the key is', () => {
  const former = randomBytes(32);
  const old = formatCursor({ epoch, position: 7 }, former);
  expect(parseCursor(old, [key, former])).toEqual({ epoch, position: 7 });
  expect(parseCursor(old, [key])).toBeUndefined();
  expect(parseCursor(old, [])).toBeUndefined();
});

describe('is no cursor:', () => {
  test.each([
    ['nothing', ''],
    ['0', '0'],
    ['the id of an event', '0194fe82-9280-77a5-a7cd-5ff0e6a6fa07'],
    ['another position with the same check', text.replace('4294967297', '4294967298')],
    ['the same position with a zero before it', text.replace('4294967297', '04294967297')],
    ['another epoch with the same check', text.replace(epoch, '0f1e2d3d')],
    ['another version', text.replace('b1', 'b2')],
    ['a check that was cut', text.slice(0, -1)],
    ['something behind it', `${text}\n`],
    ['something before it', ` ${text}`],
    ['a check of other letters', `${text.slice(0, -8)}ÅÅÅÅÅÅÅÅ`],
    ['a negative position', text.replace('4294967297', '-1')],
  ])('%s', (_, other) => {
    expect(parseCursor(text, [key])).toBeDefined();
    expect(parseCursor(other, [key])).toBeUndefined();
  });
});

test('whatever one letter of a cursor is changed to, it is a cursor no more', () => {
  const letters = fc.stringMatching(/^[0-9a-fXYZ._-]$/);
  fc.assert(
    fc.property(fc.nat(text.length - 1), letters, (at, letter) => {
      fc.pre(text[at] !== letter);
      expect(parseCursor(text.slice(0, at) + letter + text.slice(at + 1), [key])).toBeUndefined();
    }),
  );
});
