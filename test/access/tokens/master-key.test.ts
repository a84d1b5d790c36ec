import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { developmentMasterKey, openMasterKey } from '../../../src/access/keys/master-key.ts';

const key = openMasterKey(randomBytes(32).toString('base64'));
const context = { purpose: 'webhook', id: 'key-1' };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'master-key-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('what is sealed opens to the same bytes, and never looks the same twice', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (plain) => {
      const sealed = key.seal(plain, context);
      expect(key.open(sealed, context)).toEqual(Buffer.from(plain));
      expect(key.seal(plain, context)).not.toEqual(sealed);
    }),
  );
});

test('a sealed value does not open under another master key', () => {
  const other = openMasterKey(randomBytes(32).toString('base64'));
  expect(() => other.open(key.seal(Buffer.from('secret'), context), context)).toThrow(
    expect.objectContaining({
      code: 'signing-key-sealed',
      message: expect.stringContaining('another master key'),
    }),
  );
});

test.each([
  ['another purpose', { purpose: 'mask', id: 'key-1' }],
  ['another row', { purpose: 'webhook', id: 'key-2' }],
  ['a name that only reads the same in a row', { purpose: 'webhookkey-', id: '1' }],
])('a sealed value that was moved to %s does not open', (_, elsewhere) => {
  const sealed = key.seal(Buffer.from('secret'), context);
  expect(() => key.open(sealed, elsewhere)).toThrow(expect.objectContaining({ code: 'signing-key-sealed' }));
});

test('no bit of a sealed value can be changed, and no byte cut off', () => {
  const sealed = key.seal(Buffer.from('secret'), context);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const bent = Buffer.from(sealed);
    bent[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => key.open(bent, context)).toThrow(expect.objectContaining({ code: 'signing-key-sealed' }));
  }
  for (let length = 0; length < sealed.length; length++)
    expect(() => key.open(sealed.subarray(0, length), context)).toThrow(
      expect.objectContaining({ code: 'signing-key-sealed' }),
    );
});

test.each([
  ['nothing', ''],
  ['16 bytes', randomBytes(16).toString('base64')],
  ['33 bytes', randomBytes(33).toString('base64')],
  ['a passphrase', 'correct horse battery staple, and so on and on'],
  ['hexadecimal', randomBytes(32).toString('hex')],
])('a master key must be 32 bytes in Base64, not %s', (_, text) => {
  expect(() => openMasterKey(text)).toThrow(expect.objectContaining({ code: 'configuration' }));
});

test('processes of one data folder that start at once share one development key, readable by its owner only', async () => {
  const dataDir = join(folder, 'fresh');
  const keys = await Promise.all(Array.from({ length: 8 }, () => developmentMasterKey(dataDir)));
  const sealed = keys[0]!.seal(Buffer.from('secret'), context);
  for (const each of keys) expect(each.open(sealed, context).toString()).toBe('secret');
  expect((await stat(join(dataDir, 'master.key'))).mode & 0o777).toBe(0o600);
});

test('a development key outlives the process, and a damaged file is not replaced in silence', async () => {
  const dataDir = join(folder, 'kept');
  const sealed = (await developmentMasterKey(dataDir)).seal(Buffer.from('secret'), context);
  expect((await developmentMasterKey(dataDir)).open(sealed, context).toString()).toBe('secret');
  await writeFile(join(dataDir, 'master.key'), 'cut sho');
  await expect(developmentMasterKey(dataDir)).rejects.toMatchObject({ code: 'configuration' });
  expect(await readFile(join(dataDir, 'master.key'), 'utf8')).toBe('cut sho');
});
