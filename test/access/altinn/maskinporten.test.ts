import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, jwtVerify, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MaskinportenCredentials } from '../../../src/access/altinn/maskinporten.ts';
import type { Sender } from '../../../src/outbound/sender.ts';
import { openSender } from '../../outbound/senders.ts';

const EXCHANGE = '/authentication/api/v1/exchange/maskinporten';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SCOPE = 'altinn:authorization/authorize';

/** Maskinporten and Altinn Authentication, as far as tokens are bought and exchanged. */
class TokenStandIn {
  /** Seconds that the next token of Altinn lives; undefined for one without an end. */
  lifetime: number | undefined = 600;
  status = 200;
  quoted = false;
  /** What came, as `METHOD path`. */
  readonly asked: string[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  readonly assertions: string[] = [];
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response));
  #issued = 0;

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    this.asked.push(`${request.method} ${request.url}`);
    this.headers.push(request.headers);
    if (this.status !== 200) return void response.writeHead(this.status).end();
    if (request.url === EXCHANGE) return void response.end(this.#token());
    const form = new URLSearchParams(Buffer.concat(parts).toString());
    if (form.get('grant_type') === GRANT) this.assertions.push(form.get('assertion') ?? '');
    response.end('{"access_token":"of-maskinporten","expires_in":120}');
  }

  #token(): string {
    const token = new UnsecuredJWT({ number: ++this.#issued }).setIssuedAt();
    const text = (
      this.lifetime === undefined ? token : token.setExpirationTime(`${this.lifetime}s`)
    ).encode();
    return this.quoted ? `"${text}"` : text;
  }
}

let tokens: TokenStandIn;
let sender: Sender;
let url: string;
let key: JWK;
let publicKey: Awaited<ReturnType<typeof generateKeyPair>>['publicKey'];

beforeEach(async () => {
  tokens = new TokenStandIn();
  url = await tokens.open();
  sender = openSender();
  const pair = await generateKeyPair('RS256', { extractable: true });
  publicKey = pair.publicKey;
  key = { ...(await exportJWK(pair.privateKey)), kid: 'our-key', alg: 'RS256' };
});
afterEach(async () => {
  await sender[Symbol.asyncDispose]();
  await tokens.close();
});

function credentials(): MaskinportenCredentials {
  return new MaskinportenCredentials({
    client: {
      ...{ tokenUrl: `${url}/token`, audience: 'https://maskinporten.example.no/', clientId: 'our-client' },
      ...{ scope: SCOPE, key: { ...key } },
    },
    altinnUrl: url,
    headers: { 'ocp-apim-subscription-key': 'key-of-ours' },
    send: (request, limits) => sender.send(request, limits),
    timeoutMs: 1000,
    signal: new AbortController().signal,
  });
}

describe('a token', () => {
  test('is bought with a signed assertion and exchanged for one of Altinn', async () => {
    const headers = await credentials().headers();
    expect(tokens.asked).toEqual(['POST /token', `GET ${EXCHANGE}`]);
    expect(tokens.headers[1]).toMatchObject({
      authorization: 'Bearer of-maskinporten',
      'ocp-apim-subscription-key': 'key-of-ours',
    });
    expect(headers['ocp-apim-subscription-key']).toBe('key-of-ours');
    expect(headers['authorization']).toMatch(/^Bearer ey/);
    const verified = await jwtVerify(tokens.assertions[0] ?? '', publicKey, {
      issuer: 'our-client',
      audience: 'https://maskinporten.example.no/',
      algorithms: ['RS256'],
    });
    expect(verified.protectedHeader.kid).toBe('our-key');
    expect(verified.payload['scope']).toBe(SCOPE);
    expect((verified.payload.exp ?? 0) - (verified.payload.iat ?? 0)).toBeLessThanOrEqual(120);
    expect(verified.payload.jti).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('may come in quotation marks', async () => {
    tokens.quoted = true;
    expect((await credentials().headers())['authorization']).toMatch(/^Bearer ey[^"]+$/);
  });

  test('serves everyone until it is about to end', async () => {
    const ours = credentials();
    const all = await Promise.all([ours.headers(), ours.headers(), ours.headers()]);
    await ours.headers();
    expect(new Set(all).size).toBe(1);
    expect(tokens.asked).toHaveLength(2);
  });

  test('that was refused is not used again, and one that came meanwhile is kept', async () => {
    const ours = credentials();
    const first = await ours.headers();
    ours.refused(first);
    const second = await ours.headers();
    expect(second['authorization']).not.toBe(first['authorization']);
    ours.refused(first);
    expect(await ours.headers()).toBe(second);
  });

  test('that is nearly over is not used again', async () => {
    tokens.lifetime = 5;
    const ours = credentials();
    await ours.headers();
    await ours.headers();
    expect(tokens.asked).toHaveLength(4);
  });

  test('is replaced before its end while it still serves', async () => {
    // Ten seconds of it are margin; in the last fifth of what is left a new one is fetched.
    tokens.lifetime = 11;
    const ours = credentials();
    const first = await ours.headers();
    await expect
      .poll(async () => (await ours.headers()) !== first && tokens.asked.length >= 4, { timeout: 3000 })
      .toBe(true);
  });
});

describe('without a token', () => {
  test.each([
    ['it is answered 500', () => (tokens.status = 500)],
    ['there is no end to the token', () => (tokens.lifetime = undefined)],
  ])('because %s, access cannot be decided', async (_, spoil) => {
    spoil();
    await expect(credentials().headers()).rejects.toMatchObject({
      code: 'decision-unavailable',
      options: { retryAfter: 1 },
    });
  });

  test('nobody asks again for a second, and then it is asked again', async () => {
    tokens.status = 503;
    const ours = credentials();
    await expect(ours.headers()).rejects.toThrow('Maskinporten gives no token right now: it answered 503.');
    tokens.status = 200;
    await expect(ours.headers()).rejects.toMatchObject({ code: 'decision-unavailable' });
    expect(tokens.asked).toHaveLength(1);
    await expect
      .poll(() => ours.headers().catch(() => ({})), { timeout: 3000 })
      .toHaveProperty('authorization');
  });

  test('or with one, the private key stays here', async () => {
    await credentials().headers();
    expect(JSON.stringify(tokens.headers) + tokens.assertions.join()).not.toContain(key.d);
  });
});
