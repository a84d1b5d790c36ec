import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import type { MasterKey } from './master-key.ts';

/** What a key is for. A key never serves two purposes. */
export type KeyPurpose = 'dialog-token' | 'webhook' | 'mask' | 'cursor' | 'dev-token';

/** JOSE name: Ed25519, P-256 with SHA-256, HMAC with SHA-256. */
export type KeyAlgorithm = 'EdDSA' | 'ES256' | 'HS256';

export const keyAlgorithms: Readonly<Record<KeyPurpose, KeyAlgorithm>> = {
  'dialog-token': 'EdDSA',
  webhook: 'EdDSA',
  mask: 'HS256',
  cursor: 'HS256',
  'dev-token': 'ES256',
};

/** The public part as a key set shows it (RFC 7517). */
export interface PublicJwk {
  readonly kty: string;
  readonly use: 'sig';
  readonly kid: string;
  readonly alg: KeyAlgorithm;
  readonly crv: string;
  readonly x: string;
  readonly y?: string;
}

/** An opened key. `key` is the private part, or the secret of a symmetric key, which has no public one. */
export interface SigningKey {
  readonly kid: string;
  readonly purpose: KeyPurpose;
  readonly algorithm: KeyAlgorithm;
  readonly key: KeyObject;
  readonly publicJwk?: PublicJwk | undefined;
}

/** The keys of one moment, as those who sign and verify need them. */
export interface Keyring {
  /** The key that signs now. */
  current(purpose: KeyPurpose): SigningKey;
  /** Every key whose signatures count: current, next and previous. */
  accepted(purpose: KeyPurpose): readonly SigningKey[];
  /** The public parts of those. The same array until something changes. */
  published(purpose: KeyPurpose): readonly PublicJwk[];
}

/** How the table holds a key. */
export interface SealedKey {
  readonly kid: string;
  readonly purpose: KeyPurpose;
  readonly algorithm: KeyAlgorithm;
  readonly sealed: Buffer;
}

export async function newSigningKey(purpose: KeyPurpose): Promise<SigningKey> {
  return describe(purpose, generate(keyAlgorithms[purpose]), randomBytes(16).toString('base64url'));
}

function generate(algorithm: KeyAlgorithm): KeyObject {
  if (algorithm === 'HS256') return createSecretKey(randomBytes(32));
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519').privateKey;
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/**
 * The kid of a public key is its thumbprint (RFC 7638), so that it cannot name another key; a symmetric key is told
 * apart by the kid it is given.
 */
async function describe(purpose: KeyPurpose, key: KeyObject, symmetricKid: string): Promise<SigningKey> {
  const algorithm = keyAlgorithms[purpose];
  if (key.type === 'secret') return { kid: symmetricKid, purpose, algorithm, key };
  const { kty, crv, x, y } = createPublicKey(key).export({ format: 'jwk' }) as Record<string, string>;
  if (!kty || !crv || !x) throw new TypeError('only keys on a curve are made here');
  const parts = { kty, crv, x, ...(y && { y }) };
  const kid = await calculateJwkThumbprint(parts);
  return { kid, purpose, algorithm, key, publicJwk: { ...parts, use: 'sig', kid, alg: algorithm } };
}

export function sealSigningKey(signingKey: SigningKey, masterKey: MasterKey): SealedKey {
  const { kid, purpose, algorithm, key } = signingKey;
  const plain = key.type === 'secret' ? key.export() : key.export({ format: 'der', type: 'pkcs8' });
  return { kid, purpose, algorithm, sealed: masterKey.seal(plain, { purpose, id: kid }) };
}

/**
 * The public part is made from the private one, never read from the table: whoever can write to the table but has no
 * master key cannot have a key of his own accepted. Throws Failure('signing-key-sealed').
 */
export async function openSigningKey(row: SealedKey, masterKey: MasterKey): Promise<SigningKey> {
  const plain = masterKey.open(row.sealed, { purpose: row.purpose, id: row.kid });
  const symmetric = keyAlgorithms[row.purpose] === 'HS256';
  const key = symmetric
    ? createSecretKey(plain)
    : createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' });
  return describe(row.purpose, key, row.kid);
}
