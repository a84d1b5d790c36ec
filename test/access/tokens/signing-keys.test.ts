import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openMasterKey } from '../../../src/access/keys/master-key.ts';
import { listKeys } from '../../../src/access/keys/queries.ts';
import { type KeyPurpose, keyAlgorithms } from '../../../src/access/keys/signing-key.ts';
import { SigningKeys } from '../../../src/access/keys/signing-keys.ts';
import { createMask } from '../../../src/access/masking.ts';
import { DialogTokens } from '../../../src/access/tokens/dialog-tokens.ts';
import { sql } from '../../../src/db/database.ts';
import { openLog } from '../../../src/lib/log.ts';
import { openDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { person } from '../../support/identities.ts';
import { until } from '../../support/until.ts';

const EMPTY = sql('test.keys.empty', 'DELETE FROM signing_key');
const AGE = sql(
  'test.keys.age',
  `UPDATE signing_key SET created_at = created_at - $1::interval, active_from = active_from - $1::interval,
     retired_at = retired_at - $1::interval`,
);
const MOVE = sql('test.keys.move', `UPDATE signing_key SET purpose = 'webhook' WHERE kid = $1`);
const FORGE = sql('test.keys.forge', `UPDATE signing_key SET public_key = '{"kty":"OKP"}' WHERE kid = $1`);

const purposes = Object.keys(keyAlgorithms) as KeyPurpose[];
const log = openLog({ level: 'silent' });
const masterKey = openMasterKey(randomBytes(32).toString('base64'));
const grant = {
  identity: person().identity(),
  dialogId: '0194fe82-9280-77a5-a7cd-5ff0e6a6fa07',
  party: person().urn,
  serviceResource: 'urn:altinn:resource:super-simple-service',
  actions: [{ action: 'read' }],
};

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
beforeEach(() => db.database.query(EMPTY));
afterAll(() => db[Symbol.asyncDispose]());

function newProcess(options: Partial<ConstructorParameters<typeof SigningKeys>[0]> = {}): SigningKeys {
  return new SigningKeys({ database: db.database, masterKey, purposes, log, ...options });
}

async function start(): Promise<SigningKeys> {
  const keys = newProcess();
  await keys.ensure();
  return keys;
}

/** Makes everything in the table so much older, as if the time had passed. */
function pass(interval: string): Promise<object[]> {
  return db.database.query(AGE, [interval]);
}

test('processes that start at once on an empty database all use the same keys', async () => {
  const processes = Array.from({ length: 6 }, () => newProcess());
  await Promise.all(processes.map((each) => each.ensure()));
  for (const purpose of purposes) {
    expect(new Set(processes.map((each) => each.current(purpose).kid)).size).toBe(1);
    expect(new Set(processes.map((each) => JSON.stringify(each.published(purpose)))).size).toBe(1);
  }
  // A current key of each purpose; a second one of each that is published.
  expect(await listKeys(db.database)).toHaveLength(5 + 3);
});

test('a process that starts later finds the keys and makes none', async () => {
  const first = await start();
  const second = await start();
  expect(second.current('cursor').key.equals(first.current('cursor').key)).toBe(true);
  expect(await listKeys(db.database)).toHaveLength(8);
});

test('a process masks a person and verifies a dialog token as another one does', async () => {
  const [first, second] = [await start(), await start()];
  expect(createMask(second)(person().urn)).toBe(createMask(first)(person().urn));
  const issuer = 'http://localhost/dialogporten/api/v1';
  const token = await new DialogTokens({ issuer, keyring: first }).issue(grant);
  expect(await new DialogTokens({ issuer, keyring: second }).verify(token)).toMatchObject({
    i: grant.dialogId,
  });
});

test('two keys for dialog tokens are published, without anything private', async () => {
  const keys = await start();
  expect(keys.published('dialog-token')).toHaveLength(2);
  for (const jwk of keys.published('dialog-token'))
    expect(jwk).toEqual({
      kty: 'OKP',
      crv: 'Ed25519',
      use: 'sig',
      alg: 'EdDSA',
      kid: expect.any(String),
      x: expect.any(String),
    });
  expect(keys.published('cursor')).toEqual([]);
});

test('a purpose that a process was not given counts for nothing there', async () => {
  await start();
  const production = newProcess({ purposes: ['dialog-token', 'webhook', 'mask', 'cursor'] });
  await production.ensure();
  expect(production.published('dev-token')).toEqual([]);
  expect(() => production.current('dev-token')).toThrow(TypeError);
});

test('a rotated key was published 48 hours before it signs, and its predecessor is accepted 48 hours longer', async () => {
  const keys = await start();
  const [current, next] = keys.published('dialog-token').map((jwk) => jwk.kid);
  expect(keys.current('dialog-token').kid).toBe(current);

  await keys.rotate('dialog-token');
  const afterNext = keys.published('dialog-token').at(-1)!.kid;
  expect(keys.published('dialog-token').map((jwk) => jwk.kid)).toEqual([current, next, afterNext]);
  expect(keys.current('dialog-token').kid).toBe(current);

  await pass('47 hours 59 minutes');
  await keys.refresh();
  expect(keys.current('dialog-token').kid).toBe(current);

  await pass('2 minutes');
  await keys.refresh();
  expect(keys.current('dialog-token').kid).toBe(next);
  expect(keys.published('dialog-token').map((jwk) => jwk.kid)).toEqual([current, next, afterNext]);

  await pass('48 hours');
  await keys.refresh();
  expect(keys.published('dialog-token').map((jwk) => jwk.kid)).toEqual([next, afterNext]);
});

test('a key that has stood by for 48 hours signs as soon as it is asked to', async () => {
  const keys = await start();
  const next = keys.published('dialog-token')[1]!.kid;
  await pass('49 hours');
  await keys.rotate('dialog-token');
  expect(keys.current('dialog-token').kid).toBe(next);
  expect(keys.published('dialog-token')).toHaveLength(3);
});

test('another process knows a rotated key after its next refresh, and keeps the array that has not changed', async () => {
  const [first, second] = [await start(), await start()];
  const webhook = second.published('webhook');
  await first.rotate('dialog-token');
  await second.refresh();
  expect(second.published('dialog-token')).toEqual(first.published('dialog-token'));
  expect(second.published('webhook')).toBe(webhook);
});

test('a rotated cursor key signs 48 hours later, and cursors of the former one are accepted for good', async () => {
  const keys = await start();
  const former = keys.current('cursor').kid;
  await keys.rotate('cursor');
  expect(keys.current('cursor').kid).toBe(former);
  expect(keys.accepted('cursor')).toHaveLength(2);
  await pass('48 hours 1 minute');
  await pass('1 year');
  await keys.refresh();
  expect(keys.current('cursor').kid).not.toBe(former);
  expect(keys.accepted('cursor').map((key) => key.kid)).toContain(former);
});

test('processes that rotate at once leave one key standing by and one that signs', async () => {
  const [first, second] = [await start(), await start()];
  await Promise.all([first.rotate('dialog-token'), second.rotate('dialog-token')]);
  const states = (await listKeys(db.database))
    .filter((key) => key.purpose === 'dialog-token')
    .map((key) => key.state);
  expect(states).toEqual(['next', 'scheduled', 'scheduled', 'current']);
});

test('the list shows state and times of every key and nothing secret', async () => {
  const keys = await start();
  await keys.rotate('mask');
  const list = await listKeys(db.database);
  expect(list.filter((key) => key.purpose === 'mask')).toEqual([
    expect.objectContaining({ state: 'scheduled', activeFrom: expect.stringMatching(/Z$/), retiredAt: null }),
    expect.objectContaining({ state: 'current', retiredAt: expect.stringMatching(/Z$/) }),
  ]);
  expect(list.find((key) => key.state === 'next')).toMatchObject({ activeFrom: null });
  expect(Object.keys(list[0]!).toSorted()).toEqual(
    ['kid', 'purpose', 'algorithm', 'state', 'createdAt', 'activeFrom', 'retiredAt'].toSorted(),
  );
});

test('keys sealed under another master key stop the start', async () => {
  await start();
  const other = newProcess({ masterKey: openMasterKey(randomBytes(32).toString('base64')) });
  await expect(other.ensure()).rejects.toMatchObject({ code: 'signing-key-sealed' });
});

test('a key that was moved to another purpose stops the start', async () => {
  const keys = await start();
  await db.database.query(MOVE, [keys.current('dialog-token').kid]);
  await expect(newProcess().ensure()).rejects.toMatchObject({ code: 'signing-key-sealed' });
});

test('a public key written into the table from outside is not the one that is published', async () => {
  const keys = await start();
  await db.database.query(FORGE, [keys.current('dialog-token').kid]);
  expect((await start()).published('dialog-token')).toEqual(keys.published('dialog-token'));
});

test('a process that follows learns of a rotation by itself, and stops with the signal', async () => {
  const [first, second] = [await start(), newProcess({ refreshEvery: 5 })];
  await second.ensure();
  const stop = new AbortController();
  const following = second.follow(stop.signal);
  await first.rotate('dialog-token');
  await until('the other process knows three keys', () => second.published('dialog-token').length === 3);
  stop.abort();
  await expect(following).resolves.toBeUndefined();
});

test('a refresh that fails is logged, and the keys stay as they were', async () => {
  const lines: string[] = [];
  const loud = openLog({ level: 'warn', destination: { write: (line) => lines.push(line) } });
  const database = openDatabase(db.url);
  const keys = newProcess({ database, log: loud, refreshEvery: 5 });
  await keys.ensure();
  const { kid } = keys.current('cursor');
  await database[Symbol.asyncDispose]();
  const stop = new AbortController();
  const following = keys.follow(stop.signal);
  await until('the failure is logged', () => lines.length > 0);
  stop.abort();
  await following;
  expect(lines[0]).toContain('the signing keys could not be read again');
  expect(keys.current('cursor').kid).toBe(kid);
});
