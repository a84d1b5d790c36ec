import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PublicJwk, SigningKey } from '../../../src/access/keys/signing-key.ts';
import type { Claims } from '../../../src/access/tokens/claims.ts';
import { type KeySource, localKeys } from '../../../src/access/tokens/key-source.ts';
import { RememberedTokens } from '../../../src/access/tokens/remembered-tokens.ts';
import { among, createTokenVerifier, type TokenVerifier } from '../../../src/access/tokens/token-verifier.ts';
import { PERSONS } from '../../support/identities.ts';
import { until } from '../../support/until.ts';
import { encode, forge, forgeHmac, newKey, secondsFromNow } from './forge.ts';

const ISSUER = 'https://issuer.example/';
const OTHER_ISSUER = 'https://other.example/';
const AUDIENCE = 'https://budstikka.example/';

let key: SigningKey;
let otherKey: SigningKey;
let stranger: SigningKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
let verifier: TokenVerifier;

beforeAll(async () => {
  [key, otherKey, stranger] = [await newKey(), await newKey(), await newKey()];
  const spare = await newKey();
  verifier = createTokenVerifier({
    trusted: among([
      { issuer: ISSUER, audience: [AUDIENCE], keys: keysOf(key, spare), kind: 'maskinporten' },
      { issuer: OTHER_ISSUER, keys: keysOf(otherKey) },
    ]),
  });
});

function keysOf(...keys: SigningKey[]): KeySource {
  const published = keys.map((each) => each.publicJwk!);
  return localKeys(() => published);
}

function header(members: object = {}): string {
  return JSON.stringify({ alg: 'ES256', kid: key.kid, typ: 'JWT', ...members });
}

/** The person number stands in for everything in a token that must not come back in an error. */
function payload(members: object = {}): string {
  return JSON.stringify({
    iss: ISSUER,
    aud: AUDIENCE,
    exp: secondsFromNow(60),
    pid: PERSONS[0],
    scope: 'a b',
    ...members,
  });
}

function good(members: object = {}): string {
  return forge(header(), payload(members), key.key);
}

test('a token of a trusted issuer gives its claims, and what the issuer is believed about', async () => {
  const claims = await verifier.verify(good({ jti: '1' }));
  expect(claims).toMatchObject({ issuer: ISSUER, kind: 'maskinporten', values: { scope: 'a b', jti: '1' } });
  expect(claims.expires).toBe((claims.values.exp as number) * 1000);
});

test('a few seconds of difference between two clocks are forgiven', async () => {
  await expect(verifier.verify(good({ exp: secondsFromNow(-5) }))).resolves.toBeDefined();
  await expect(verifier.verify(good({ nbf: secondsFromNow(5) }))).resolves.toBeDefined();
});

test.each(['RS256', 'PS256'])('a signature by %s is accepted', async (alg) => {
  const { SignJWT, exportJWK, createLocalJWKSet } = await import('jose');
  const keys = createLocalJWKSet({
    keys: [{ ...(await exportJWK(rsa)), kid: 'r', alg, d: undefined } as PublicJwk],
  });
  const accepting = createTokenVerifier({ trusted: among([{ issuer: ISSUER, keys }]) });
  const token = await new SignJWT(JSON.parse(payload())).setProtectedHeader({ alg, kid: 'r' }).sign(rsa);
  await expect(accepting.verify(token)).resolves.toMatchObject({ kind: 'altinn' });
});

describe('refused, without a word of the token in the answer:', () => {
  const attacks: [attack: string, because: string, token: () => string][] = [
    ['alg none', 'algorithm', () => `${encode(header({ alg: 'none' }))}.${encode(payload())}.`],
    ['alg nOnE', 'algorithm', () => `${encode(header({ alg: 'nOnE' }))}.${encode(payload())}.`],
    ['no alg', 'not a signed JWT', () => forge(header({ alg: undefined }), payload(), key.key)],
    [
      'HS256 with the public key as its secret',
      'algorithm',
      () => forgeHmac(header({ alg: 'HS256' }), payload(), key.key),
    ],
    [
      'HS256 without a kid',
      'algorithm',
      () => forgeHmac(header({ alg: 'HS256', kid: undefined }), payload(), key.key),
    ],
    [
      'an algorithm that the key is not for',
      'no key that fits',
      () => forge(header({ alg: 'ES384' }), payload(), key.key),
    ],
    [
      'a key of another type under a known kid',
      'no key that fits',
      () => forge(header({ alg: 'RS256' }), payload(), rsa),
    ],
    [
      'a stranger’s signature under our issuer’s kid',
      'signature',
      () => forge(header(), payload(), stranger.key),
    ],
    [
      'a payload changed after signing',
      'signature',
      () => good().replace(/\.[^.]+\./, `.${encode(payload({ scope: 'admin' }))}.`),
    ],
    [
      'a header changed after signing',
      'signature',
      () => good().replace(/^[^.]+/, encode(header({ typ: 'at+jwt' }))),
    ],
    ['a signature that was cut', 'signature', () => good().slice(0, -8)],
    ['a signature that was left out', 'signature', () => good().replace(/[^.]+$/, '')],
    ['expired a minute ago', 'expired', () => good({ exp: secondsFromNow(-60) })],
    ['no expiry', 'claim exp', () => good({ exp: undefined })],
    ['an expiry that is text', 'claim exp', () => good({ exp: String(secondsFromNow(60)) })],
    ['valid in a minute', 'claim nbf', () => good({ nbf: secondsFromNow(60) })],
    ['another audience', 'claim aud', () => good({ aud: 'https://elsewhere.example/' })],
    ['no audience', 'claim aud', () => good({ aud: undefined })],
    ['an issuer nobody trusts', 'not trusted', () => good({ iss: 'https://stranger.example/' })],
    ['an issuer that differs by a slash', 'not trusted', () => good({ iss: ISSUER.slice(0, -1) })],
    ['no issuer', 'names no issuer', () => good({ iss: undefined })],
    ['an issuer that is a list', 'names no issuer', () => good({ iss: [ISSUER] })],
    [
      'one trusted issuer speaking for the other',
      'no key that fits',
      () => forge(header({ kid: otherKey.kid }), payload(), otherKey.key),
    ],
    [
      'an unknown kid',
      'no key that fits',
      () => forge(header({ kid: stranger.kid }), payload(), stranger.key),
    ],
    [
      'a kid that is a path',
      'no key that fits',
      () => forge(header({ kid: '../../dev/null' }), payload(), stranger.key),
    ],
    [
      'no kid where the issuer has two keys',
      'which key',
      () => forge(header({ kid: undefined }), payload(), key.key),
    ],
    [
      'a key that the token brings itself',
      'which key',
      () => forge(header({ kid: undefined, jwk: stranger.publicJwk }), payload(), stranger.key),
    ],
    [
      'a key that the token brings under a known kid',
      'signature',
      () => forge(header({ jwk: stranger.publicJwk }), payload(), stranger.key),
    ],
    [
      'addresses of keys that the token brings',
      'signature',
      () =>
        forge(
          header({ jku: 'https://stranger.example/', x5u: 'https://stranger.example/' }),
          payload(),
          stranger.key,
        ),
    ],
    [
      'a critical header that is not understood',
      'not a signed JWT',
      () => forge(header({ crit: ['exp'], exp: 1 }), payload(), key.key),
    ],
    [
      'an unencoded payload',
      'not a signed JWT',
      () => forge(header({ crit: ['b64'], b64: false }), payload(), key.key),
    ],
    [
      'a claim named twice',
      'twice',
      () => forge(header(), payload().replace('{', '{"scope":"admin",'), key.key),
    ],
    [
      'a claim named twice, once in escapes',
      'twice',
      () => forge(header(), payload().replace('{', String.raw`{"sc\u006fpe":"admin",`), key.key),
    ],
    [
      'a claim named twice deep inside',
      'twice',
      () => forge(header(), payload().replace('{', '{"consumer":[{"ID":1,"ID":2}],'), key.key),
    ],
    [
      'a header member named twice',
      'twice',
      () => forge(header().replace('{', '{"alg":"none",'), payload(), key.key),
    ],
    ['more than 16 kB', '16 kB', () => good({ padding: 'x'.repeat(16_384) })],
    ['two parts', 'not a signed JWT', () => good().replace(/\.[^.]+$/, '')],
    ['five parts', 'not a signed JWT', () => `${good()}.a.b`],
    ['a payload that is a list', 'not a signed JWT', () => forge(header(), '[]', key.key)],
    ['a payload that is not JSON', 'not a signed JWT', () => forge(header(), payload().slice(1), key.key)],
    [
      'a payload that is not UTF-8',
      'not a signed JWT',
      () => good().replace(/\.[^.]+\./, `.${encode(Buffer.from('{"\xff":1}', 'latin1'))}.`),
    ],
    ['a payload that is not Base64url', 'not a signed JWT', () => good().replace('.', '.!')],
    ['nothing', 'not a signed JWT', () => ''],
    ['text that is no token', 'not a signed JWT', () => 'let me in'],
  ];

  test.each(attacks)('%s', async (_attack, because, makeToken) => {
    const token = makeToken();
    const failure: Error = await verifier.verify(token).then(
      () => new Error('the token was accepted'),
      (thrown) => thrown,
    );
    expect(failure).toMatchObject({ code: 'token-refused', kind: 'unauthenticated' });
    expect(failure.message).toContain(because);
    expect(failure.cause).toBeUndefined();
    const telling = [...token.split('.'), PERSONS[0], key.kid, 'stranger', 'elsewhere', 'admin'];
    expect(telling.filter((part) => part.length > 3 && failure.message.includes(part))).toEqual([]);
  });
});

test('only what the verifier is told to accept passes: algorithm and type', async () => {
  const trusted = among([{ issuer: ISSUER, keys: keysOf(key) }]);
  const edDsaOnly = createTokenVerifier({ trusted, algorithms: ['EdDSA'] });
  await expect(edDsaOnly.verify(good())).rejects.toMatchObject({ code: 'token-refused' });
  const accessTokensOnly = createTokenVerifier({ trusted, type: 'at+jwt' });
  await expect(accessTokensOnly.verify(good())).rejects.toMatchObject({ code: 'token-refused' });
});

test('a signature is checked once as long as the token lives, and again after that', async () => {
  let asked = 0;
  const keys = keysOf(key);
  const counting: KeySource = (...call) => {
    asked++;
    return keys(...call);
  };
  const remembering = createTokenVerifier({
    trusted: among([{ issuer: ISSUER, keys: counting }]),
    clockSkew: 0,
  });
  const token = good({ exp: secondsFromNow(2) });
  const [first, second] = [await remembering.verify(token), await remembering.verify(token)];
  expect(second).toBe(first);
  expect(asked).toBe(1);
  await until('the token has expired', () =>
    remembering.verify(token).then(
      () => false,
      () => true,
    ),
  );
  expect(asked).toBeGreaterThan(1);
});

test('a token that was refused is not remembered as accepted', async () => {
  const token = forge(header(), payload(), stranger.key);
  await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'token-refused' });
  await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'token-refused' });
});

test('at most ten thousand tokens are remembered', () => {
  const tokens = new RememberedTokens();
  const claims: Claims = { issuer: ISSUER, kind: 'altinn', expires: Date.now() + 60_000, values: {} };
  for (let number = 0; number <= 10_000; number++) tokens.add(`token ${number}`, claims);
  expect(tokens.get('token 0')).toBeUndefined();
  expect(tokens.get('token 1')).toBe(claims);
  expect(tokens.get('token 10000')).toBe(claims);
});
