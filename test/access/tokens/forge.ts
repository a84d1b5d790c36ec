import { createHmac, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { newSigningKey, type SigningKey } from '../../../src/access/keys/signing-key.ts';

/** Seconds since 1970, so many from now. */
export function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

/** A compact JWS exactly of these texts, whatever they are; ES256 unless the key is Ed25519 or RSA. */
export function forge(header: string, payload: string, key: KeyObject): string {
  const text = `${encode(header)}.${encode(payload)}`;
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const signature = sign(digest, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

/** The classic confusion: HMAC, with what everybody knows as its secret. */
export function forgeHmac(header: string, payload: string, key: KeyObject): string {
  const text = `${encode(header)}.${encode(payload)}`;
  const secret = createPublicKey(key).export({ format: 'pem', type: 'spki' });
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export function encode(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64url');
}

export function newKey(): Promise<SigningKey> {
  return newSigningKey('dev-token');
}
