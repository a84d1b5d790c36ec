import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { formatCursor } from '../../src/events/cursor.ts';
import { CursorExpired, Epochs, openEpochs } from '../../src/reading/epochs.ts';
import { openDatabase, openTestDatabase } from '../support/database.ts';
import { openTestServer } from '../support/server.ts';

const WIDTH = 2 ** 32;
const key = randomBytes(32);
const keys = () => [key];
const starts = [
  { epoch: 'aaaaaaaa', first: 0 },
  { epoch: 'bbbbbbbb', first: WIDTH },
  { epoch: 'cccccccc', first: 2 * WIDTH },
];
const epochs = new Epochs('cccccccc', { starts, keys });

function cursor(epoch: string, position: number): string {
  return formatCursor({ epoch, position }, key);
}

/** What reading on from the cursor comes to: a position, or where to go instead. */
function outcome(text: string): number | undefined | { resume: string | undefined } {
  try {
    return epochs.position(text);
  } catch (thrown) {
    if (thrown instanceof CursorExpired) return { resume: thrown.resume };
    throw thrown;
  }
}

test('a cursor of the present epoch comes back as its position', () => {
  expect(epochs.position(epochs.format(2 * WIDTH + 7))).toBe(2 * WIDTH + 7);
});

test('a cursor of an older epoch is good up to that epoch’s end', () => {
  expect(outcome(cursor('aaaaaaaa', 17))).toBe(17);
  expect(outcome(cursor('aaaaaaaa', WIDTH))).toBe(WIDTH);
  expect(outcome(cursor('bbbbbbbb', WIDTH + 5))).toBe(WIDTH + 5);
});

test('beyond that end it leads back to it: some is repeated, nothing lost', () => {
  expect(outcome(cursor('aaaaaaaa', WIDTH + 1))).toEqual({ resume: epochs.format(WIDTH) });
  expect(outcome(cursor('bbbbbbbb', 3 * WIDTH))).toEqual({ resume: epochs.format(2 * WIDTH) });
});

test('a cursor of an epoch that nobody knows leads nowhere', () => {
  expect(outcome(cursor('dddddddd', 17))).toEqual({ resume: undefined });
});

test('what is no cursor of ours is no position', () => {
  expect(outcome('0')).toBeUndefined();
  expect(outcome(formatCursor({ epoch: 'cccccccc', position: 7 }, randomBytes(32)))).toBeUndefined();
});

test('databases of one cluster share the epoch, another cluster has its own', async () => {
  await using db = await openTestDatabase();
  await using server = await openTestServer();
  await using elsewhere = openDatabase(server.url);
  const here = await openEpochs(db.database, keys);
  const again = await openEpochs(db.database, keys);
  const there = await openEpochs(elsewhere, keys);
  expect(again.position(here.format(9))).toBe(9);
  expect(() => there.position(here.format(9))).toThrow(CursorExpired);
});
