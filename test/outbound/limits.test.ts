import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SendLimits } from '../../src/outbound/exchange.ts';
import type { Sender } from '../../src/outbound/sender.ts';
import { until } from '../support/until.ts';
import { fullReceiver } from './full-receiver.ts';
import { httpReceiver, onRequest, rawReceiver } from './receivers.ts';
import { asAnswered, asFailed, LIMITS, openSender, post } from './senders.ts';

/** How much later than its limit an end may come on a busy machine. */
const GRACE = 400;

let sender: Sender;
beforeEach(() => {
  sender = openSender();
});
afterEach(() => sender[Symbol.asyncDispose]());

/** Sends, and fails unless the end comes between the limit that should end it and a little later. */
async function timed<T>(limit: number, work: Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work;
  const took = performance.now() - began;
  expect(took).toBeGreaterThan(limit - 20);
  expect(took).toBeLessThan(limit + GRACE);
  return result;
}

/** A receiver that, once it has read a request, goes on as the test says. */
function afterReading(goOn: (socket: Socket) => void) {
  return rawReceiver((socket) => onRequest(socket, () => goOn(socket)));
}

/** Writes the text again and again until the connection is gone. */
function drip(socket: Socket, text: string, first = ''): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(text), 5);
  socket.on('close', () => clearInterval(timer));
}

const OK = 'HTTP/1.1 200 OK\r\n';

describe('connecting', () => {
  test('to a name whose name server is silent ends at the connect limit', async () => {
    const own = openSender({ resolve: () => new Promise(() => undefined) });
    const sent = own.send(post('http://silent.localhost/'), { ...LIMITS, connect: 100 });
    expect(asFailed(await timed(100, sent))).toMatchObject({ cause: 'timeout', startedAt: undefined });
    await own[Symbol.asyncDispose]();
  });

  test('to a receiver whose queue of new connections is full ends at the connect limit', async () => {
    await using receiver = await fullReceiver();
    const sent = sender.send(post(receiver.url), { ...LIMITS, connect: 100 });
    expect(asFailed(await timed(100, sent))).toMatchObject({ cause: 'timeout', startedAt: undefined });
  });

  test('to a receiver that never answers the TLS handshake ends at the connect limit, and the socket is closed', async () => {
    await using receiver = await rawReceiver((socket) => socket.resume(), { scheme: 'https' });
    const sent = sender.send(post(receiver.url), { ...LIMITS, connect: 100 });
    expect(asFailed(await timed(100, sent))).toMatchObject({ cause: 'timeout', startedAt: undefined });
    await until('the socket is closed', () => receiver.connections === 1 && receiver.open === 0);
  });

  test('to a port where nobody listens is a failure to connect', async () => {
    const receiver = await rawReceiver(() => undefined);
    await receiver[Symbol.asyncDispose]();
    const result = asFailed(await sender.send(post(receiver.url), LIMITS));
    expect(result).toMatchObject({ cause: 'connect', startedAt: undefined, reused: false });
    expect(result.detail).toContain('ECONNREFUSED');
  });
});

describe('waiting for the answer', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['nothing comes', () => undefined],
    ['the headers drip and never end', (socket) => drip(socket, 'y', `${OK}x: `)],
    ['informational answers never end', (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n')],
    ['the status line is cut', (socket) => socket.write('HTTP/1.1 20')],
    ['the headers have no end', (socket) => socket.write(`${OK}content-length: 0\r\n`)],
  ])('ends at the headers limit when %s', async (_, goOn) => {
    await using receiver = await afterReading(goOn);
    const sent = sender.send(post(receiver.url), { ...LIMITS, headers: 150 });
    const result = asFailed(await timed(150, sent));
    expect(result.cause).toBe('timeout');
    expect(result.startedAt).toBeDefined();
    await until('the connection is closed', () => receiver.open === 0);
  });

  test('ends at the headers limit when the receiver does not even read', async () => {
    await using receiver = await rawReceiver((socket) => socket.pause());
    const body = 'x'.repeat(8_000_000);
    const sent = sender.send(post(receiver.url, { body }), { ...LIMITS, headers: 150 });
    expect(asFailed(await timed(150, sent)).cause).toBe('timeout');
  });

  test('that waits for a connection ends at the total limit, and its turn does not come later', async () => {
    let requests = 0;
    await using receiver = await afterReading((socket) => {
      requests += 1;
      setTimeout(() => socket.write(`${OK}content-length: 0\r\n\r\n`), 400);
    });
    const one = openSender({ connectionsPerOrigin: 1 });
    const first = one.send(post(receiver.url), LIMITS);
    const queued = one.send(post(receiver.url), { ...LIMITS, total: 150 });
    expect(asFailed(await timed(150, queued))).toMatchObject({ cause: 'timeout', startedAt: undefined });
    expect(asAnswered(await first).status).toBe(200);
    expect(asAnswered(await one.send(post(receiver.url), LIMITS)).status).toBe(200);
    expect(requests).toBe(2);
    await one[Symbol.asyncDispose]();
  });

  test('ends at the total limit though every step is within its own', async () => {
    await using receiver = await afterReading((socket) => {
      setTimeout(() => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'), 100);
    });
    const sent = sender.send(post(receiver.url), { ...LIMITS, total: 250 });
    expect(asFailed(await timed(250, sent)).cause).toBe('timeout');
  });
});

describe('reading the answer', () => {
  const BODY: SendLimits = { ...LIMITS, body: 150 };

  test('ends at the body limit when it drips, and the status stands', async () => {
    await using receiver = await afterReading((socket) => {
      socket.write(`${OK}content-length: 100000\r\n\r\n`);
      drip(socket, 'x');
    });
    const result = asAnswered(await timed(150, sender.send(post(receiver.url), BODY)));
    expect(result).toMatchObject({ status: 200, complete: false });
    expect(result.body).toMatch(/^x+$/);
    await until('the connection is closed', () => receiver.open === 0);
  });

  test('ends at the body limit when nothing of it comes', async () => {
    await using receiver = await afterReading((socket) => socket.write(`${OK}content-length: 5\r\n\r\n`));
    const result = asAnswered(await timed(150, sender.send(post(receiver.url), BODY)));
    expect(result).toMatchObject({ status: 200, complete: false, body: '' });
  });

  test('that is endless stops after a bounded number of bytes', async () => {
    let written = 0;
    await using receiver = await afterReading((socket) => {
      socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
      const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
      const pump = (): void => {
        while (!socket.destroyed && socket.write(chunk)) written += chunk.length;
      };
      socket.on('drain', pump);
      pump();
    });
    const result = asAnswered(await sender.send(post(receiver.url), LIMITS));
    expect(result).toMatchObject({ status: 200, complete: false, body: 'x'.repeat(1024) });
    await until('the connection is closed', () => receiver.open === 0);
    expect(written).toBeLessThan(20_000_000);
  });

  test('keeps the status when the body breaks off', async () => {
    await using receiver = await afterReading((socket) => {
      socket.write(`${OK}content-length: 100\r\n\r\nhalf`);
      setTimeout(() => socket.resetAndDestroy(), 20);
    });
    const result = asAnswered(await sender.send(post(receiver.url), LIMITS));
    expect(result).toMatchObject({ status: 200, complete: false, body: 'half' });
  });

  test('keeps the status when the content length promises more than there is', async () => {
    await using receiver = await afterReading((socket) => socket.end(`${OK}content-length: 9\r\n\r\nabc`));
    const result = asAnswered(await sender.send(post(receiver.url), LIMITS));
    expect(result).toMatchObject({ status: 200, complete: false, body: 'abc' });
  });

  test('takes no byte beyond the content length for the next answer', async () => {
    await using receiver = await afterReading((socket) =>
      socket.write(`${OK}content-length: 2\r\n\r\nokHTTP/1.1 500 Smuggled\r\ncontent-length: 0\r\n\r\n`),
    );
    const one = openSender({ connectionsPerOrigin: 1 });
    for (let count = 0; count < 3; count += 1)
      expect(await one.send(post(receiver.url), LIMITS)).not.toMatchObject({ status: 500 });
    await one[Symbol.asyncDispose]();
  });
});

describe('a receiver that breaks off', () => {
  test('before it has read resets', async () => {
    await using receiver = await rawReceiver((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const result = asFailed(await sender.send(post(receiver.url, { body: 'x'.repeat(5_000_000) }), LIMITS));
    expect(result).toMatchObject({ cause: 'reset', reused: false });
  });

  test.each<[string, (socket: Socket) => void]>([
    ['resets', (socket) => socket.resetAndDestroy()],
    ['closes', (socket) => socket.destroy()],
    ['closes its half', (socket) => socket.end()],
    ['closes within the headers', (socket) => socket.end(`${OK}x: y`)],
  ])('after it has read %s', async (_, goOn) => {
    await using receiver = await afterReading(goOn);
    const result = asFailed(await sender.send(post(receiver.url), LIMITS));
    expect(result.cause).toBe('reset');
    expect(result.startedAt).toBeDefined();
    await until('the connection is closed', () => receiver.open === 0);
  });

  test('on a connection that has served before says so', async () => {
    let requests = 0;
    await using receiver = await afterReading((socket) => {
      requests += 1;
      if (requests === 1) socket.write(`${OK}content-length: 0\r\n\r\n`);
      else socket.resetAndDestroy();
    });
    expect(asAnswered(await sender.send(post(receiver.url), LIMITS)).status).toBe(200);
    const result = asFailed(await sender.send(post(receiver.url), LIMITS));
    expect(result).toMatchObject({ cause: 'reset', reused: true });
    expect(receiver.connections).toBe(1);
  });

  test('and one that closes right after its answer leaves the next request unharmed', async () => {
    await using receiver = await afterReading((socket) => socket.end(`${OK}content-length: 0\r\n\r\n`));
    for (let count = 0; count < 20; count += 1)
      expect(asAnswered(await sender.send(post(receiver.url), LIMITS)).status).toBe(200);
  });
});

describe('an answer that is none', () => {
  test.each([
    ['another protocol', '220 mail.example.no ESMTP\r\n'],
    ['garbage', '\u0000\u0001\u0002\u0003'],
    ['a continue that nobody asked for', 'HTTP/1.1 100 Continue\r\n\r\n'],
    [
      'an upgrade that nobody asked for',
      'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    ],
    ['two lengths', `${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab`],
    ['a length that is no number', `${OK}content-length: many\r\n\r\n`],
    ['headers beyond 16 kB', `${OK}x: ${'y'.repeat(20_000)}\r\n\r\n`],
    ['very many headers', `${OK}${'x: y\r\n'.repeat(20_000)}\r\n`],
  ])('is a protocol failure: %s', async (_, text) => {
    await using receiver = await afterReading((socket) => socket.write(text));
    const result = asFailed(await sender.send(post(receiver.url), LIMITS));
    expect(result.cause).toBe('protocol');
    expect(result.startedAt).toBeDefined();
  });
});

describe('one bad origin', () => {
  test('does not hold up another', async () => {
    await using silent = await rawReceiver(() => undefined);
    await using quick = await httpReceiver((_, response) => response.end());
    const stuck = Array.from({ length: 50 }, () => sender.send(post(silent.url), { ...LIMITS, total: 500 }));
    const began = performance.now();
    for (let count = 0; count < 10; count += 1) await sender.send(post(quick.url), LIMITS);
    expect(performance.now() - began).toBeLessThan(400);
    const results = await Promise.all(stuck);
    expect(results.map((result) => asFailed(result).cause)).toEqual(Array(50).fill('timeout'));
  });
});
