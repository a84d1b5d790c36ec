import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { Freshness, type Versioned } from '../../src/reading/freshness.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';

const BUMP = sql('test.bump', 'SELECT bump_version($1)');
const RESET = sql('test.reset', 'UPDATE version SET value = 0');

/** Something that mirrors rows, as far as that can be seen from outside. */
class Mirror implements Versioned {
  version = 0;
  readonly refreshed: number[] = [];
  readonly confirmed: number[] = [];

  async refresh(version: number): Promise<void> {
    this.refreshed.push(version);
    this.version = version;
  }

  confirm(version: number): void {
    this.confirmed.push(version);
  }
}

let db: TestDatabase;
let access: Mirror;
let subscriptions: Mirror;
let clock: number;
let freshness: Freshness;

beforeAll(async () => {
  db = await openTestDatabase();
});
beforeEach(async () => {
  await db.database.query(RESET);
  [access, subscriptions, clock] = [new Mirror(), new Mirror(), 1000];
  freshness = new Freshness(db.database, { access, subscriptions, now: () => clock });
});
afterAll(() => db[Symbol.asyncDispose]());

test('nothing is confirmed at first', () => {
  expect(freshness.confirmedAt).toBe(Number.NEGATIVE_INFINITY);
});

test('what is older than the versions is refreshed before they count as confirmed', async () => {
  await freshness.confirm({ accessVersion: 3, subscriptionVersion: 5 }, 900);
  expect([access.version, subscriptions.version]).toEqual([3, 5]);
  expect(access.confirmed).toEqual([3]);
  expect(freshness.confirmedAt).toBe(900);
});

test('what is current, or newer than a page that was read before, is left alone', async () => {
  await freshness.confirm({ accessVersion: 3, subscriptionVersion: 5 }, 900);
  await freshness.confirm({ accessVersion: 3, subscriptionVersion: 5 }, 950);
  await freshness.confirm({ accessVersion: 2, subscriptionVersion: 4 }, 800);
  expect([access.refreshed, subscriptions.refreshed]).toEqual([[3], [5]]);
  expect(freshness.confirmedAt).toBe(950);
});

test('a refresh that fails confirms nothing', async () => {
  access.refresh = () => Promise.reject(new Error('no database'));
  await expect(freshness.confirm({ accessVersion: 1, subscriptionVersion: 0 }, 900)).rejects.toThrow(
    'no database',
  );
  expect(freshness.confirmedAt).toBe(Number.NEGATIVE_INFINITY);
});

test('asked by itself, it reads the versions and counts from before it asked', async () => {
  await db.database.query(BUMP, ['access']);
  const renewing = freshness.renew();
  clock = 2000;
  await renewing;
  expect(access.version).toBe(1);
  expect(freshness.confirmedAt).toBe(1000);
});

test('whoever asks while a question is under way shares its answer, and the next one asks anew', async () => {
  const first = freshness.renew();
  expect(freshness.renew()).toBe(first);
  await first;
  await db.database.query(BUMP, ['access']);
  clock = 3000;
  await freshness.renew();
  expect(access.version).toBe(1);
  expect(freshness.confirmedAt).toBe(3000);
});

test('a question that failed is asked again by the next one', async () => {
  let fails = true;
  const queries = {
    query: (...call: Parameters<typeof db.database.query>) =>
      fails ? Promise.reject(new Error('gone')) : db.database.query(...call),
  };
  const other = new Freshness(queries as typeof db.database, { access, now: () => clock });
  await expect(other.renew()).rejects.toThrow('gone');
  fails = false;
  await other.renew();
  expect(other.confirmedAt).toBe(1000);
});
