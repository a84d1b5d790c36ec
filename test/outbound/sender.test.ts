import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Sender } from '../../src/outbound/sender.ts';
import { until } from '../support/until.ts';
import { httpReceiver, onRequest, rawReceiver } from './receivers.ts';
import { asAnswered, asFailed, LIMITS, openSender, post } from './senders.ts';

let sender: Sender;
beforeEach(() => {
  sender = openSender();
});
afterEach(() => sender[Symbol.asyncDispose]());

describe('an answer', () => {
  test('has status, body and times', async () => {
    await using receiver = await httpReceiver((_, response) => response.writeHead(202).end('taken'));
    const result = asAnswered(await sender.send(post(receiver.url), LIMITS));
    expect(result).toMatchObject({ status: 202, body: 'taken', complete: true, retryAfter: undefined });
    expect(result.startedAt).toBeLessThanOrEqual(result.firstByteAt);
    expect(result.firstByteAt).toBeLessThanOrEqual(result.endedAt);
    expect(Math.abs(Date.now() - result.endedAt)).toBeLessThan(1000);
  });

  test('comes to exactly what was sent: method, path, query, headers, host and body', async () => {
    const seen: unknown[] = [];
    await using receiver = await httpReceiver((request, response) => {
      request.setEncoding('utf8').on('data', (body) => {
        seen.push([request.method, request.url, request.headers['x-a'], request.headers.host, body]);
        response.end();
      });
    });
    const url = `${receiver.url}/a%20b?code=%C3%B8&x=1#part`;
    await sender.send(post(url, { headers: { 'x-a': 'b' }, body: 'blåbær' }), LIMITS);
    expect(seen).toEqual([
      ['POST', '/hook/a%20b?code=%C3%B8&x=1', 'b', `127.0.0.1:${receiver.port}`, 'blåbær'],
    ]);
  });

  test.each([301, 302, 303, 307, 308])('of %i is not followed', async (status) => {
    let requests = 0;
    await using receiver = await httpReceiver((_, response) => {
      requests += 1;
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    expect(asAnswered(await sender.send(post(receiver.url), LIMITS)).status).toBe(status);
    expect(requests).toBe(1);
  });

  test('says how long to wait', async () => {
    await using receiver = await httpReceiver((_, response) =>
      response.writeHead(429, { 'retry-after': '120' }).end(),
    );
    expect(asAnswered(await sender.send(post(receiver.url), LIMITS)).retryAfter).toBe(120);
  });

  test('is kept up to the limit, without half a character, and the connection survives', async () => {
    await using receiver = await httpReceiver((_, response) => response.end('å'.repeat(2000)));
    const result = asAnswered(await sender.send(post(receiver.url), { ...LIMITS, keep: 1023 }));
    expect(result).toMatchObject({ status: 200, complete: false, body: 'å'.repeat(511) });
    await sender.send(post(receiver.url), LIMITS);
    expect(receiver.connections).toBe(1);
  });

  test('is text that PostgreSQL can store', async () => {
    await using receiver = await httpReceiver((_, response) => response.end(Buffer.from([0x61, 0, 0xff])));
    expect(asAnswered(await sender.send(post(receiver.url), LIMITS)).body).toBe('a\uFFFD\uFFFD');
  });

  test('comes after any number of informational ones', async () => {
    await using receiver = await rawReceiver((socket) =>
      onRequest(socket, () =>
        socket.write(
          'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
        ),
      ),
    );
    expect(asAnswered(await sender.send(post(receiver.url), LIMITS)).status).toBe(204);
  });
});

describe('permission to start', () => {
  test('is asked when the connection is there and before a byte is written', async () => {
    const order: string[] = [];
    await using receiver = await rawReceiver((socket) => {
      order.push('accepted');
      onRequest(socket, () => {
        order.push('received');
        socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      });
    });
    const mayStart = (): boolean => {
      order.push('asked');
      return true;
    };
    await sender.send(post(receiver.url, { mayStart }), LIMITS);
    expect(order.indexOf('asked')).toBeLessThan(order.indexOf('received'));
    expect(order.filter((word) => word === 'asked')).toHaveLength(1);
  });

  test('refused, nothing is written', async () => {
    let bytes = 0;
    await using receiver = await rawReceiver((socket) => {
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
    });
    const result = await sender.send(post(receiver.url, { mayStart: () => false }), LIMITS);
    expect(result).toEqual({ kind: 'not-started', because: 'may-not-start' });
    await until('the connection is closed', () => receiver.connections === 1 && receiver.open === 0);
    expect(bytes).toBe(0);
  });

  test('refused, the next request is served', async () => {
    await using receiver = await httpReceiver((_, response) => response.writeHead(204).end());
    const narrow = openSender({ connectionsPerOrigin: 1 });
    const refused = narrow.send(post(receiver.url, { mayStart: () => false }), LIMITS);
    const next = narrow.send(post(receiver.url), LIMITS);
    expect((await refused).kind).toBe('not-started');
    expect(asAnswered(await next).status).toBe(204);
    await narrow[Symbol.asyncDispose]();
  });

  test('that throws writes nothing and comes back as a failure', async () => {
    await using receiver = await httpReceiver((_, response) => response.end());
    const mayStart = (): boolean => {
      throw new Error('broken');
    };
    const result = asFailed(await sender.send(post(receiver.url, { mayStart }), LIMITS));
    expect(result).toMatchObject({ cause: 'protocol', detail: 'broken', startedAt: undefined });
  });
});

describe('connections', () => {
  test('are used again', async () => {
    await using receiver = await httpReceiver((_, response) => response.end('ok'));
    for (let count = 0; count < 20; count += 1) await sender.send(post(receiver.url), LIMITS);
    expect(receiver.connections).toBe(1);
  });

  test('never exceed their number, and everyone who waits is served in order', async () => {
    const served: string[] = [];
    await using receiver = await httpReceiver((request, response) => {
      served.push(String(request.headers['x-number']));
      setTimeout(() => response.end(), 2);
    });
    const numbers = Array.from({ length: 60 }, (_, number) => String(number));
    const one = openSender({ connectionsPerOrigin: 1 });
    await Promise.all(
      numbers.map((number) => one.send(post(receiver.url, { headers: { 'x-number': number } }), LIMITS)),
    );
    expect(served).toEqual(numbers);
    expect(receiver.connections).toBe(1);
    await Promise.all(numbers.map(() => sender.send(post(receiver.url), LIMITS)));
    expect(receiver.connections).toBeLessThanOrEqual(1 + 4);
    await one[Symbol.asyncDispose]();
  });

  test('that the receiver closes after each answer are replaced', async () => {
    await using receiver = await httpReceiver((_, response) =>
      response.writeHead(204, { connection: 'close' }).end(),
    );
    const one = openSender({ connectionsPerOrigin: 1 });
    const results = await Promise.all(Array.from({ length: 10 }, () => one.send(post(receiver.url), LIMITS)));
    expect(results.map((result) => asAnswered(result).status)).toEqual(Array(10).fill(204));
    expect(receiver.connections).toBe(10);
    await one[Symbol.asyncDispose]();
  });

  test('that are idle longer than the keep-alive time are closed and forgotten', async () => {
    await using receiver = await rawReceiver((socket) =>
      onRequest(socket, () => socket.write('HTTP/1.1 204 No Content\r\n\r\n')),
    );
    const brief = openSender({ keepAlive: 100 });
    await brief.send(post(receiver.url), LIMITS);
    expect(brief.load()).toMatchObject([{ connections: 1, inFlight: 0, waiting: 0 }]);
    await until('the connection is gone', () => receiver.open === 0 && brief.load()[0]?.connections === 0);
    await brief[Symbol.asyncDispose]();
  });

  test('do not outlast a restart of the receiver', async () => {
    const first = await httpReceiver((_, response) => response.end('first'));
    expect(asAnswered(await sender.send(post(first.url), LIMITS)).body).toBe('first');
    await first[Symbol.asyncDispose]();
    const between = asFailed(await sender.send(post(first.url), LIMITS));
    expect(between.cause).toMatch(/^(connect|reset)$/);
    await using second = await httpReceiver((_, response) => response.end('second'), { port: first.port });
    expect(asAnswered(await sender.send(post(second.url), LIMITS)).body).toBe('second');
  });

  test('of the origin that was idle for longest make room for a new origin', async () => {
    await using one = await httpReceiver((_, response) => response.end());
    await using two = await httpReceiver((_, response) => response.end());
    await using three = await httpReceiver((_, response) => response.end());
    const small = openSender({ maxOrigins: 2 });
    for (const receiver of [one, two, one, three]) await small.send(post(receiver.url), LIMITS);
    const origins = [one, three].map(({ url }) => new URL(url).origin);
    expect(small.load().map(({ origin }) => origin)).toEqual(origins);
    await until('its connection is closed', () => two.open === 0);
    await small[Symbol.asyncDispose]();
  });
});

describe('bounds', () => {
  test('a request that finds no place among those who wait is not started', async () => {
    await using receiver = await rawReceiver(() => undefined);
    const small = openSender({ connectionsPerOrigin: 1, waitingPerOrigin: 1 });
    const pending = [small.send(post(receiver.url), LIMITS), small.send(post(receiver.url), LIMITS)];
    expect(await small.send(post(receiver.url), LIMITS)).toEqual({ kind: 'not-started', because: 'no-room' });
    expect(small.load()).toMatchObject([{ inFlight: 1, waiting: 1, connections: 1 }]);
    await small[Symbol.asyncDispose]();
    await Promise.all(pending);
  });

  test('a new origin is not started while all places are taken by busy ones', async () => {
    await using busy = await rawReceiver(() => undefined);
    await using other = await httpReceiver((_, response) => response.end());
    const small = openSender({ maxOrigins: 1 });
    const pending = small.send(post(busy.url), LIMITS);
    expect(await small.send(post(other.url), LIMITS)).toEqual({ kind: 'not-started', because: 'no-room' });
    await small[Symbol.asyncDispose]();
    await pending;
  });

  test('a header that cannot be sent is a failure, not an exception', async () => {
    await using receiver = await httpReceiver((_, response) => response.end());
    const result = asFailed(
      await sender.send(post(receiver.url, { headers: { 'webhook-id': 'a\r\nb' } }), LIMITS),
    );
    expect(result).toMatchObject({ cause: 'protocol', startedAt: undefined });
    expect(asAnswered(await sender.send(post(receiver.url), LIMITS)).status).toBe(200);
  });
});

describe('disposing', () => {
  test('ends what is on its way, what waits and what comes later', async () => {
    let bytes = 0;
    await using receiver = await rawReceiver((socket) => {
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
    });
    const own = openSender({ connectionsPerOrigin: 1 });
    const begun = own.send(post(receiver.url), LIMITS);
    const waiting = own.send(post(receiver.url), LIMITS);
    await until('the request has arrived', () => bytes > 0);
    await own[Symbol.asyncDispose]();
    expect(await begun).toMatchObject({ kind: 'failed', cause: 'stopped' });
    expect(await waiting).toEqual({ kind: 'not-started', because: 'stopping' });
    expect(await own.send(post(receiver.url), LIMITS)).toEqual({ kind: 'not-started', because: 'stopping' });
    await until('its connections are closed', () => receiver.open === 0);
  });
});
