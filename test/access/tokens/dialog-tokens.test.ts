import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Keyring } from '../../../src/access/keys/signing-key.ts';
import { createMask } from '../../../src/access/masking.ts';
import { DialogTokens } from '../../../src/access/tokens/dialog-tokens.ts';
import { organization, PERSONS, person, SYSTEM_USER_ID, systemUser } from '../../support/identities.ts';
import { openTestKeyring } from '../../support/keyring.ts';
import { forge, secondsFromNow } from './forge.ts';

const ISSUER = 'https://budstikka.example/dialogporten/api/v1';
const grant = {
  dialogId: '0194fe82-9280-77a5-a7cd-5ff0e6a6fa07',
  party: organization().urn,
  serviceResource: 'urn:altinn:resource:super-simple-service',
  actions: [
    { action: 'read' },
    { action: 'write' },
    { action: 'sign', attribute: 'urn:altinn:subresource:x' },
  ],
};

let keyring: Keyring;
let tokens: DialogTokens;
beforeAll(async () => {
  keyring = await openTestKeyring();
  tokens = new DialogTokens({ issuer: ISSUER, keyring });
});

function parts(token: string): Record<string, unknown>[] {
  return token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
}

function sign(claims: object, header: object = {}): string {
  const { kid, key } = keyring.current('dialog-token');
  return forge(JSON.stringify({ alg: 'EdDSA', typ: 'JWT', kid, ...header }), JSON.stringify(claims), key);
}

test('a dialog token carries the claims of the contract for ten minutes', async () => {
  const [header, claims] = parts(await tokens.issue({ ...grant, identity: person().identity() }));
  expect(header).toEqual({ alg: 'EdDSA', typ: 'JWT', kid: keyring.current('dialog-token').kid });
  expect(claims).toEqual({
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    iss: ISSUER,
    iat: expect.any(Number),
    nbf: claims!.iat,
    exp: (claims!.iat as number) + 600,
    l: 3,
    c: person().urn,
    p: organization().urn,
    s: 'urn:altinn:resource:super-simple-service',
    i: grant.dialogId,
    a: 'read;write;sign,urn:altinn:subresource:x',
  });
});

test('a dialog token names supplier, system user and its organisation', async () => {
  const identity = { ...systemUser().identity(), supplier: '311102079' };
  expect(parts(await tokens.issue({ ...grant, identity }))[1]).toMatchObject({
    c: organization().urn,
    u: organization('311102079').urn,
    y: `urn:altinn:systemuser:uuid:${SYSTEM_USER_ID}`,
    o: organization().urn,
  });
});

test('whoever knows the published keys can verify a dialog token without us', async () => {
  const token = await tokens.issue({ ...grant, identity: person().identity() });
  const jwk = keyring.published('dialog-token').find((each) => each.kid === parts(token)[0]!.kid);
  const key = createPublicKey({ key: jwk as unknown as JsonWebKey, format: 'jwk' });
  const [head, body, signature] = token.split('.');
  expect(verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature!, 'base64url'))).toBe(true);
});

test('two tokens for the same are not the same', async () => {
  const again = { ...grant, identity: person().identity() };
  expect(parts(await tokens.issue(again))[1]!.jti).not.toBe(parts(await tokens.issue(again))[1]!.jti);
});

test('nobody in particular gets no dialog token', async () => {
  await expect(tokens.issue({ ...grant, identity: { scopes: [], level: 0 } })).rejects.toMatchObject({
    code: 'identity-missing',
  });
});

describe('verifying', () => {
  const claims = {
    jti: '1',
    iss: ISSUER,
    iat: secondsFromNow(0),
    nbf: secondsFromNow(0),
    exp: secondsFromNow(60),
    l: 3,
    c: person().urn,
    p: person().urn,
    s: grant.serviceResource,
    i: grant.dialogId,
    a: 'read',
  };

  test('gives the claims of our own token', async () => {
    const token = await tokens.issue({ ...grant, identity: person().identity() });
    expect(await tokens.verify(token)).toEqual(parts(token)[1]);
    await expect(tokens.verify(sign(claims))).resolves.toEqual(claims);
  });

  test('forgives less than two seconds', async () => {
    await expect(tokens.verify(sign({ ...claims, exp: secondsFromNow(-1) }))).resolves.toBeDefined();
    for (const times of [{ exp: secondsFromNow(-3) }, { nbf: secondsFromNow(5) }])
      await expect(tokens.verify(sign({ ...claims, ...times }))).rejects.toMatchObject({
        code: 'token-refused',
      });
  });

  test.each([
    ['another issuer', () => sign({ ...claims, iss: `${ISSUER}/other` })],
    ['another type', () => sign(claims, { typ: 'at+jwt' })],
    ['no type', () => sign(claims, { typ: undefined })],
    ['an unknown kid', () => sign(claims, { kid: 'another' })],
    ['no dialog', () => sign({ ...claims, i: undefined })],
    ['a level in text', () => sign({ ...claims, l: '4' })],
    ['a key of ours for another purpose', () => webhookSigned(claims)],
  ])('refuses %s', async (_, token) => {
    await expect(tokens.verify(token())).rejects.toMatchObject({ code: 'token-refused' });
  });
});

/** Ed25519 as well, and under the kid of the right key. */
function webhookSigned(claims: object): string {
  const { kid } = keyring.current('dialog-token');
  const header = JSON.stringify({ alg: 'EdDSA', typ: 'JWT', kid });
  return forge(header, JSON.stringify(claims), keyring.current('webhook').key);
}

describe('masking', () => {
  test('a person reads the same each time, and as nobody else', () => {
    const mask = createMask(keyring);
    expect(mask(person().urn)).toMatch(/^urn:altinn:person:identifier-ephemeral:[0-9a-f]{10}$/);
    expect(mask(person().urn)).toBe(createMask(keyring)(person().urn.toUpperCase()));
    expect(new Set(PERSONS.map((pid) => mask(person(pid).urn))).size).toBe(PERSONS.length);
  });

  test('a person reads differently in another house', async () => {
    expect(createMask(await openTestKeyring())(person().urn)).not.toBe(createMask(keyring)(person().urn));
  });

  test.each([
    'urn:altinn:person:idporten-email:someone@example.com',
    'urn:altinn:person:legacy-selfidentified:someone',
    `urn:altinn:feide-subject:${'a'.repeat(64)}`,
  ])('%s is a person as well', (urn) => {
    expect(createMask(keyring)(urn)).toMatch(/^urn:altinn:person:identifier-ephemeral:[0-9a-f]{10}$/);
  });

  test('organisations, system users and what is masked already are shown as they are', () => {
    const mask = createMask(keyring);
    for (const urn of [organization().urn, systemUser().urn, mask(person().urn)]) expect(mask(urn)).toBe(urn);
  });
});
