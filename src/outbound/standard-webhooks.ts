import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';

/**
 * Signatures as Standard Webhooks 1.0 defines them: over `{id}.{timestamp}.{body}`, in the header `webhook-signature`,
 * one per secret and separated by spaces, so that a receiver goes on verifying while a secret is being replaced.
 * `v1` is HMAC-SHA256 with a shared secret (`whsec_`), `v1a` is Ed25519 with a private key (`whsk_`) whose public key
 * (`whpk_`) the receiver has.
 */
export interface WebhookSecret {
  /** `v1,…` or `v1a,…` over the content. */
  sign(head: string, body: string | Uint8Array): string;
}

export interface SignedMessage {
  /** The same for every attempt of one message; without a full stop. */
  readonly id: string;
  /** When this attempt is made, in epoch seconds. */
  readonly timestamp: number;
  readonly body: string | Uint8Array;
  readonly secrets: readonly WebhookSecret[];
}

const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
const SEED_BYTES = 32;

/** What precedes the 32 bytes of an Ed25519 seed in PKCS #8, and of a public key in SPKI (RFC 8410). */
const PRIVATE_KEY_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Opens a secret in its text form. Throws when it is none; the text is not in the error. */
export function openSecret(text: string): WebhookSecret {
  if (text.startsWith('whsec_')) return sharedSecret(decode(text.slice('whsec_'.length)));
  if (text.startsWith('whsk_')) return privateKey(decode(text.slice('whsk_'.length)));
  throw new TypeError('a webhook secret begins with whsec_ or whsk_');
}

/** A new shared secret of 32 random bytes. */
export function newSecret(random: (size: number) => Buffer = randomBytes): string {
  return `whsec_${random(32).toString('base64')}`;
}

/** A new private key: the seed and the public key behind it. */
export function newPrivateKey(random: (size: number) => Buffer = randomBytes): string {
  const seed = random(SEED_BYTES);
  return `whsk_${Buffer.concat([seed, publicBytes(keyFromSeed(seed))]).toString('base64')}`;
}

/** What a receiver needs to verify the signatures of a private key. */
export function publicKeyOf(text: string): string {
  const bytes = decode(text.slice('whsk_'.length));
  return `whpk_${publicBytes(keyFromSeed(bytes.subarray(0, SEED_BYTES))).toString('base64')}`;
}

/** The value of `webhook-signature`. */
export function signatures({ id, timestamp, body, secrets }: SignedMessage): string {
  const head = `${id}.${timestamp}.`;
  return secrets.map((secret) => secret.sign(head, body)).join(' ');
}

/** The three headers of a signed message. */
export function signedHeaders(message: SignedMessage): Record<string, string> {
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestamp),
    'webhook-signature': signatures(message),
  };
}

function decode(base64: string): Buffer {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new TypeError('a webhook secret is base64');
  return Buffer.from(base64, 'base64');
}

function sharedSecret(bytes: Buffer): WebhookSecret {
  if (bytes.length < MIN_SECRET_BYTES || bytes.length > MAX_SECRET_BYTES)
    throw new TypeError(`a webhook secret has ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes`);
  const key = createSecretKey(bytes);
  return {
    sign: (head, body) => `v1,${createHmac('sha256', key).update(head).update(body).digest('base64')}`,
  };
}

/** 32 bytes are the seed alone; 64 are the seed and the public key, which must belong together. */
function privateKey(bytes: Buffer): WebhookSecret {
  const key = keyFromSeed(bytes.subarray(0, SEED_BYTES));
  const rest = bytes.subarray(SEED_BYTES);
  if (rest.length > 0 && !rest.equals(publicBytes(key)))
    throw new TypeError('the public half of a webhook private key does not belong to its seed');
  return keySecret(key);
}

/** A private Ed25519 key as what signs `v1a`. */
export function keySecret(key: KeyObject): WebhookSecret {
  return {
    sign: (head, body) =>
      `v1a,${sign(null, Buffer.concat([Buffer.from(head), Buffer.from(body)]), key).toString('base64')}`,
  };
}

function keyFromSeed(seed: Buffer): KeyObject {
  if (seed.length !== SEED_BYTES) throw new TypeError('a webhook private key has 32 or 64 bytes');
  return createPrivateKey({ key: Buffer.concat([PRIVATE_KEY_HEAD, seed]), format: 'der', type: 'pkcs8' });
}

function publicBytes(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-SEED_BYTES);
}
