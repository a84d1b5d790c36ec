import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SigningKey } from '../../../src/access/keys/signing-key.ts';
import { type KeySource, remoteKeys } from '../../../src/access/tokens/key-source.ts';
import { among, createTokenVerifier, type TokenVerifier } from '../../../src/access/tokens/token-verifier.ts';
import type { Failure } from '../../../src/lib/errors.ts';
import { until } from '../../support/until.ts';
import { forge, newKey, secondsFromNow } from './forge.ts';

const ISSUER = 'https://issuer.example/';
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** An issuer's key set on a real port: what it serves, how it fails, how often it was asked. */
const endpoint = { status: 200, body: {} as unknown, asked: 0 };
let server: Server;
let now: number;
let verifier: TokenVerifier;
let first: SigningKey;
let second: SigningKey;

beforeEach(async () => {
  [first, second] = [await newKey(), await newKey()];
  Object.assign(endpoint, { status: 200, body: { keys: [first.publicJwk] }, asked: 0 });
  server = createServer((_request, response) => {
    endpoint.asked++;
    response.writeHead(endpoint.status).end(JSON.stringify(endpoint.body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  now = 0;
  verifier = createTokenVerifier({ trusted: among([{ issuer: ISSUER, keys: keySource() }]) });
});

afterEach(async () => {
  await new Promise((closed) => server.close(closed));
});

function keySource(): KeySource {
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`);
  return remoteKeys({
    url,
    clock: () => now,
    fetchKeySet: async (address, signal) => {
      const response = await fetch(address, { signal, headers: { connection: 'close' } });
      if (!response.ok) throw new Error(`the key set was answered with ${response.status}`);
      return response.json();
    },
  });
}

let number = 0;
/** Another token each time, so that none is remembered. */
function tokenBy(key: SigningKey): string {
  const payload = { iss: ISSUER, exp: secondsFromNow(60), jti: String(number++) };
  return forge(JSON.stringify({ alg: 'ES256', kid: key.kid }), JSON.stringify(payload), key.key);
}

test('the key set is read once, however many tokens arrive at once', async () => {
  await Promise.all(Array.from({ length: 5 }, () => verifier.verify(tokenBy(first))));
  expect(endpoint.asked).toBe(1);
});

test('a key that the issuer has just published is found', async () => {
  await verifier.verify(tokenBy(first));
  endpoint.body = { keys: [first.publicJwk, second.publicJwk] };
  now += 11 * SECOND;
  await expect(verifier.verify(tokenBy(second))).resolves.toMatchObject({ issuer: ISSUER });
  expect(endpoint.asked).toBe(2);
});

test('unknown kids do not make us ask more than once in ten seconds', async () => {
  await verifier.verify(tokenBy(first));
  now += 11 * SECOND;
  for (let attempt = 0; attempt < 20; attempt++)
    await expect(verifier.verify(tokenBy(second))).rejects.toMatchObject({ code: 'token-refused' });
  expect(endpoint.asked).toBe(2);
  now += 11 * SECOND;
  await expect(verifier.verify(tokenBy(second))).rejects.toMatchObject({ code: 'token-refused' });
  expect(endpoint.asked).toBe(3);
});

test('a key that the issuer has withdrawn stops counting within the set’s time', async () => {
  await verifier.verify(tokenBy(first));
  endpoint.body = { keys: [second.publicJwk] };
  now += 11 * MINUTE;
  const refused = (): Promise<boolean> =>
    verifier.verify(tokenBy(first)).then(
      () => false,
      (thrown: Failure) => thrown.code === 'token-refused',
    );
  expect(await until('the withdrawn key is refused', refused)).toBe(true);
});

test('while the issuer cannot be reached its keys serve on for an hour, then nobody can be judged', async () => {
  await verifier.verify(tokenBy(first));
  endpoint.status = 503;
  now += 59 * MINUTE;
  await expect(verifier.verify(tokenBy(first))).resolves.toBeDefined();
  now += 2 * MINUTE;
  await expect(verifier.verify(tokenBy(first))).rejects.toMatchObject({
    code: 'decision-unavailable',
    options: { retryAfter: 10, cause: expect.objectContaining({ message: expect.stringContaining('503') }) },
  });
  endpoint.status = 200;
  now += 11 * SECOND;
  await expect(verifier.verify(tokenBy(first))).resolves.toBeDefined();
});

test.each([
  ['no key set', { keys: 'none' }],
  ['a list', []],
  ['a thousand keys', { keys: Array.from({ length: 1000 }, (_, kid) => ({ kty: 'OKP', kid })) }],
])('%s is no answer to judge by', async (_, body) => {
  endpoint.body = body;
  await expect(verifier.verify(tokenBy(first))).rejects.toMatchObject({ code: 'decision-unavailable' });
});

test('a symmetric key in a public set signs nothing', async () => {
  endpoint.body = { keys: [{ kty: 'oct', kid: first.kid, k: 'c2VjcmV0', alg: 'HS256' }] };
  await expect(verifier.verify(tokenBy(first))).rejects.toMatchObject({ code: 'token-refused' });
});
