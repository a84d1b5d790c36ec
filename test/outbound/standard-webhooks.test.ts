import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import {
  newPrivateKey,
  newSecret,
  openSecret,
  publicKeyOf,
  signatures,
  signedHeaders,
} from '../../src/outbound/standard-webhooks.ts';

const now = (): number => Math.floor(Date.now() / 1000);

/** The first key pair of RFC 8032 §7.1. */
const RFC_SEED = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
const RFC_PUBLIC = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');

/** Verifies a `v1a` signature as a receiver does that was given the public key. */
function isSignedBy(publicKey: string, signature: string, content: string): boolean {
  const raw = Buffer.from(publicKey.replace('whpk_', ''), 'base64');
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return verify(null, Buffer.from(content), key, Buffer.from(signature.replace('v1a,', ''), 'base64'));
}

describe('v1', () => {
  test('is what the public library expects, whatever the body', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.json(),
        fc.uint8Array({ minLength: 24, maxLength: 64 }),
        (id, body, bytes) => {
          const secret = `whsec_${Buffer.from(bytes).toString('base64')}`;
          const headers = signedHeaders({ id, timestamp: now(), body, secrets: [openSecret(secret)] });
          expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
        },
      ),
    );
  });

  test('is the same over text and over its bytes', () => {
    const secrets = [openSecret(newSecret())];
    const message = { id: 'a', timestamp: 1, secrets };
    expect(signatures({ ...message, body: Buffer.from('blåbær') })).toBe(
      signatures({ ...message, body: 'blåbær' }),
    );
  });

  test('does not fit another id, time or body', () => {
    const secret = newSecret();
    const message = { id: 'a', timestamp: now(), body: '{}', secrets: [openSecret(secret)] };
    const headers = signedHeaders(message);
    const receiver = new Webhook(secret);
    expect(receiver.verify('{}', headers)).toEqual({});
    expect(() => receiver.verify('{ }', headers)).toThrow('No matching signature');
    expect(() => receiver.verify('{}', { ...headers, 'webhook-id': 'b' })).toThrow('No matching');
    const later = { ...headers, 'webhook-timestamp': String(message.timestamp + 1) };
    expect(() => receiver.verify('{}', later)).toThrow('No matching');
  });
});

describe('v1a', () => {
  test('has the public key that RFC 8032 gives for a seed', () => {
    expect(publicKeyOf(`whsk_${RFC_SEED.toString('base64')}`)).toBe(`whpk_${RFC_PUBLIC.toString('base64')}`);
  });

  test('is verified with the public key, whether the secret is the seed or both halves', () => {
    const both = newPrivateKey();
    const seed = `whsk_${Buffer.from(both.slice(5), 'base64').subarray(0, 32).toString('base64')}`;
    for (const secret of [both, seed]) {
      const signature = signatures({ id: 'a', timestamp: 5, body: 'x', secrets: [openSecret(secret)] });
      expect(isSignedBy(publicKeyOf(both), signature, 'a.5.x')).toBe(true);
      expect(isSignedBy(publicKeyOf(both), signature, 'a.5.y')).toBe(false);
    }
  });
});

describe('several secrets', () => {
  test('give one signature each, and every receiver finds its own', () => {
    const [old, fresh] = [newSecret(), newSecret()];
    const secrets = [openSecret(newPrivateKey()), openSecret(old), openSecret(fresh)];
    const headers = signedHeaders({ id: 'a', timestamp: now(), body: '{}', secrets });
    expect(headers['webhook-signature']).toMatch(/^v1a,\S+ v1,\S+ v1,\S+$/);
    for (const secret of [old, fresh]) expect(new Webhook(secret).verify('{}', headers)).toEqual({});
    expect(() => new Webhook(newSecret()).verify('{}', headers)).toThrow('No matching');
  });
});

describe('a secret', () => {
  test('that is new has 32 bytes and is not the last one', () => {
    expect(newSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(newSecret()).not.toBe(newSecret());
    expect(newSecret((size) => Buffer.alloc(size))).toBe(`whsec_${'A'.repeat(43)}=`);
  });

  test.each([
    ['an unknown kind', 'opensesame', 'begins with whsec_ or whsk_'],
    ['a public key', `whpk_${RFC_PUBLIC.toString('base64')}`, 'begins with whsec_ or whsk_'],
    ['no base64', 'whsec_not base64 at all, is it?', 'is base64'],
    ['23 bytes', `whsec_${Buffer.alloc(23).toString('base64')}`, '24 to 64 bytes'],
    ['65 bytes', `whsec_${Buffer.alloc(65).toString('base64')}`, '24 to 64 bytes'],
    ['half a private key', `whsk_${Buffer.alloc(16).toString('base64')}`, '32 or 64 bytes'],
    [
      'two halves that do not belong together',
      `whsk_${Buffer.concat([RFC_SEED, RFC_SEED]).toString('base64')}`,
      'does not belong to its seed',
    ],
  ])('that is %s is refused without being shown', (_, secret, reason) => {
    expect(() => openSecret(secret)).toThrow(reason);
    expect(() => openSecret(secret)).not.toThrow(secret);
  });
});
