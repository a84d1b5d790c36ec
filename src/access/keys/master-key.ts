import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../lib/errors.ts';

/**
 * A sealed secret is
 *
 *     version (1 byte) · key id (4) · nonce (12) · tag (16) · ciphertext
 *
 * in AES-256-GCM. The key id tells a wrong master key from a damaged value. Everything before the nonce and the
 * context are associated data: a value that is moved to another row no longer opens.
 */
const VERSION = 1;
const KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NONCE_AT = 1 + KEY_ID_BYTES;
const TAG_AT = NONCE_AT + NONCE_BYTES;
const TEXT_AT = TAG_AT + TAG_BYTES;

/** Where a sealed value belongs: what it is for, and the id of the row that holds it. */
export interface SealContext {
  readonly purpose: string;
  readonly id: string;
}

/** Seals what must not stand readable in the database. One key seals at most 2^32 values (random nonces). */
export class MasterKey {
  readonly #key: Buffer;
  readonly #header: Buffer;

  /** `key`: 32 bytes. */
  constructor(key: Buffer) {
    const id = createHmac('sha256', key).update('budstikka master key id').digest();
    this.#key = key;
    this.#header = Buffer.concat([Buffer.of(VERSION), id.subarray(0, KEY_ID_BYTES)]);
  }

  seal(plain: Uint8Array, context: SealContext): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData(this.#header, context));
    const text = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([this.#header, nonce, cipher.getAuthTag(), text]);
  }

  /** Throws Failure('signing-key-sealed') for another master key, another context or a damaged value. */
  open(sealed: Uint8Array, context: SealContext): Buffer {
    const bytes = Buffer.from(sealed);
    if (bytes.length < TEXT_AT || bytes[0] !== VERSION) throw unopened(context, 'the value is damaged');
    if (!bytes.subarray(0, NONCE_AT).equals(this.#header))
      throw unopened(context, 'it was sealed under another master key');
    const nonce = bytes.subarray(NONCE_AT, TAG_AT);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(this.#header, context));
    decipher.setAuthTag(bytes.subarray(TAG_AT, TEXT_AT));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(TEXT_AT)), decipher.final()]);
    } catch {
      throw unopened(context, 'the value is damaged or was moved here from elsewhere');
    }
  }
}

function associatedData(header: Buffer, context: SealContext): Buffer {
  return Buffer.concat([header, Buffer.from(JSON.stringify([context.purpose, context.id]))]);
}

function unopened(context: SealContext, why: string): Failure {
  return new Failure('signing-key-sealed', {
    detail: `The secret ${context.id} (${context.purpose}) cannot be opened: ${why}.`,
  });
}

/** The key from BUDSTIKKA_MASTER_KEY: 32 bytes in Base64, either alphabet. Throws Failure('configuration'). */
export function openMasterKey(base64: string): MasterKey {
  if (!/^[\w+/-]{43}=?$/.test(base64))
    throw new Failure('configuration', {
      detail: 'BUDSTIKKA_MASTER_KEY must be 32 bytes in Base64; `openssl rand -base64 32` makes one.',
    });
  return new MasterKey(Buffer.from(base64, 'base64'));
}

/**
 * The key of a development machine: `master.key` in the data folder, made at the first start, readable by its owner
 * only. Of several processes that start at once one makes it and all use it: linking a finished file is atomic.
 */
export async function developmentMasterKey(dataDir: string): Promise<MasterKey> {
  const path = join(dataDir, 'master.key');
  const existing = await readFile(path, 'utf8').catch(unlessMissing);
  if (existing !== undefined) return openMasterKey(existing.trim());
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await mkdir(dataDir, { recursive: true });
  await writeFile(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  await link(draft, path).catch(unlessPresent);
  await unlink(draft);
  return openMasterKey((await readFile(path, 'utf8')).trim());
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function unlessPresent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EEXIST') throw error;
}
