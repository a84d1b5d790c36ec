import { readFile } from 'node:fs/promises';
import { createServer as createHttpsServer } from 'node:https';
import { describe, expect, test } from 'vitest';
import { readVectors } from '../../scripts/addresses/vectors.ts';
import { createGuard, type Guard } from '../../src/outbound/address-guard.ts';
import { httpReceiver, listen } from './receivers.ts';
import { asAnswered, asFailed, LIMITS, openSender, post } from './senders.ts';

const fixture = (name: string): Promise<string> =>
  readFile(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');

/** Opens 127.0.0.2 and no other address of loopback, as if it were the public one. */
const only2 = createGuard({ allowLoopback: false, allowHttp: true, allowedNetworks: ['127.0.0.2/32'] });

/** Answers with each list of addresses in turn, and counts. */
function resolver(...answers: string[][]) {
  const asked: string[] = [];
  const resolve = (hostname: string): Promise<string[]> => {
    asked.push(hostname);
    return Promise.resolve(answers[Math.min(asked.length, answers.length) - 1] ?? []);
  };
  return { asked, resolve };
}

describe('a name', () => {
  test('is looked up once per connection, and the address found is the one that is dialled', async () => {
    const { asked, resolve } = resolver(['127.0.0.2'], ['127.0.0.1']);
    await using good = await httpReceiver((_, response) => response.end('good'), { host: '127.0.0.2' });
    await using bad = await httpReceiver((_, response) => response.end('bad'), { port: good.port });
    await using sender = openSender({ guard: only2, resolve });
    const request = post(`http://rebinding.example.no:${good.port}/`);
    for (let count = 0; count < 3; count += 1)
      expect(asAnswered(await sender.send(request, LIMITS)).body).toBe('good');
    expect(asked).toEqual(['rebinding.example.no']);
    expect(bad.connections).toBe(0);
  });

  test('that answers with loopback the second time is not called the second time', async () => {
    const { asked, resolve } = resolver(['127.0.0.2'], ['127.0.0.1']);
    const headers = { connection: 'close' };
    await using good = await httpReceiver((_, response) => response.writeHead(200, headers).end(), {
      host: '127.0.0.2',
    });
    await using bad = await httpReceiver((_, response) => response.end('bad'), { port: good.port });
    await using sender = openSender({ guard: only2, resolve });
    const request = post(`http://rebinding.example.no:${good.port}/`);
    expect(asAnswered(await sender.send(request, LIMITS)).status).toBe(200);
    const second = asFailed(await sender.send(request, LIMITS));
    expect(second).toMatchObject({ cause: 'refused-address', startedAt: undefined });
    expect(second.detail).toBe(
      'rebinding.example.no (127.0.0.1) is a loopback address and may not be called',
    );
    expect([asked.length, good.connections, bad.connections]).toEqual([2, 1, 0]);
  });

  test('is not called when one of its addresses is bad', async () => {
    const { resolve } = resolver(['127.0.0.2', '127.0.0.1']);
    await using good = await httpReceiver((_, response) => response.end(), { host: '127.0.0.2' });
    await using sender = openSender({ guard: only2, resolve });
    const result = await sender.send(post(`http://mixed.example.no:${good.port}/`), LIMITS);
    expect(asFailed(result).cause).toBe('refused-address');
    expect(good.connections).toBe(0);
  });

  test('is tried at its next address when nobody listens at the first', async () => {
    const { asked, resolve } = resolver(['127.0.0.3', '127.0.0.2']);
    const guard = createGuard({ allowLoopback: true, allowHttp: true, allowedNetworks: [] });
    await using receiver = await httpReceiver((_, response) => response.end(), { host: '127.0.0.2' });
    await using sender = openSender({ guard, resolve });
    const result = await sender.send(post(`http://two.example.no:${receiver.port}/`), LIMITS);
    expect(asAnswered(result).status).toBe(200);
    expect(asked).toHaveLength(1);
  });

  test('without an address, or that cannot be resolved, is a DNS failure', async () => {
    const { resolve } = resolver([]);
    await using empty = openSender({ resolve });
    expect(asFailed(await empty.send(post('http://nobody.example.no/'), LIMITS)).cause).toBe('dns');
    await using unknown = openSender();
    const result = asFailed(await unknown.send(post('http://nobody.example.no/'), LIMITS));
    expect(result).toMatchObject({ cause: 'dns', detail: 'nobody.example.no is not known here' });
  });
});

describe('the connector alone', () => {
  /** Lets every text pass, so that only the look at the address that is dialled is left. */
  function withoutEntryCheck(guard: Guard): Guard {
    return { checkEndpoint: () => undefined, checkAddress: (address) => guard.checkAddress(address) };
  }

  test('refuses every literal address among the vectors', async () => {
    const guard = createGuard({ allowLoopback: false, allowHttp: true, allowedNetworks: [] });
    await using sender = openSender({ guard: withoutEntryCheck(guard), maxOrigins: 500 });
    const literals = (await readVectors())
      .filter(({ allowed, policy, resolves, url }) => !allowed && !policy && !resolves && URL.canParse(url))
      .filter(({ url }) => /^https?:$/.test(new URL(url).protocol))
      .filter(({ url }) => /^(\[.*\]|[\d.]+)$/.test(new URL(url).hostname));
    const results = await Promise.all(literals.map(({ url }) => sender.send(post(url), LIMITS)));
    expect(literals.length).toBeGreaterThan(100);
    expect(results.map((result) => asFailed(result).cause)).toEqual(
      Array(literals.length).fill('refused-address'),
    );
  });
});

describe('TLS', () => {
  /** Answers over TLS and keeps the names that it was called by: SNI and Host. */
  async function secureReceiver() {
    const names: unknown[] = [];
    const options = {
      key: await fixture('key'),
      cert: await fixture('certificate'),
      SNICallback: (name: string, callback: (error: null) => void) => {
        names.push(name);
        callback(null);
      },
    };
    const server = createHttpsServer(options, (request, response) => {
      names.push(request.headers.host);
      response.end('secret');
    });
    return Object.assign(await listen(server, { scheme: 'https' }), { names });
  }

  const toLoopback = (): Promise<string[]> => Promise.resolve(['127.0.0.1']);

  test('says the name, not the address, and so does the Host header', async () => {
    await using receiver = await secureReceiver();
    const certificateAuthorities = await fixture('certificate');
    await using sender = openSender({ resolve: toLoopback, certificateAuthorities });
    for (const host of ['receiver.example.no', 'receiver.example.no.'])
      expect(asAnswered(await sender.send(post(`https://${host}:${receiver.port}/`), LIMITS))).toMatchObject({
        status: 200,
        body: 'secret',
      });
    expect(receiver.names).toEqual([
      'receiver.example.no',
      `receiver.example.no:${receiver.port}`,
      'receiver.example.no',
      `receiver.example.no.:${receiver.port}`,
    ]);
  });

  test.each([
    ['of a certificate for another name', 'other.example.no', true],
    ['of a certificate that nobody vouches for', 'receiver.example.no', false],
    ['of an address instead of a name', '127.0.0.1', true],
  ])('fails because %s, before anything is written', async (_, host, trusted) => {
    await using receiver = await secureReceiver();
    const authorities = trusted ? { certificateAuthorities: await fixture('certificate') } : {};
    await using sender = openSender({ resolve: toLoopback, ...authorities });
    const result = asFailed(await sender.send(post(`https://${host}:${receiver.port}/`), LIMITS));
    expect(result).toMatchObject({ cause: 'tls', startedAt: undefined });
    expect(receiver.names.filter((name) => String(name).includes(':'))).toEqual([]);
  });

  test('fails when the receiver does not speak it', async () => {
    await using receiver = await httpReceiver((_, response) => response.end(), { scheme: 'https' });
    await using sender = openSender();
    expect(asFailed(await sender.send(post(receiver.url), LIMITS)).cause).toBe('tls');
  });
});
