import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGuard } from '../../src/outbound/address-guard.ts';
import { FetchFailure, fetchJson } from '../../src/outbound/fetch-json.ts';
import type { Sender } from '../../src/outbound/sender.ts';
import { httpReceiver, rawReceiver } from './receivers.ts';
import { openSender } from './senders.ts';

const OPTIONS = { timeout: 2000, maxBytes: 10_000 };

let sender: Sender;
beforeEach(() => {
  sender = openSender();
});
afterEach(() => sender[Symbol.asyncDispose]());

async function failureOf(promise: Promise<unknown>): Promise<FetchFailure> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof FetchFailure) return thrown;
  throw new Error('it did not fail as it should', { cause: thrown });
}

test('gets JSON, larger than a delivery log would keep', async () => {
  const keys = { keys: Array.from({ length: 200 }, (_, kid) => ({ kid, use: 'sig' })) };
  await using receiver = await httpReceiver((request, response) => {
    response.setHeader('x-method', String(request.method)).end(JSON.stringify(keys));
  });
  expect(await fetchJson(sender, receiver.url, OPTIONS)).toEqual(keys);
});

test('posts JSON with the headers it was given', async () => {
  await using receiver = await httpReceiver((request, response) => {
    const { method, headers } = request;
    request.setEncoding('utf8').on('data', (body) => {
      response.end(JSON.stringify([method, headers['content-type'], headers['x-key'], headers.accept, body]));
    });
  });
  const options = { ...OPTIONS, headers: { 'x-key': '1' }, body: { question: 'æ' } };
  expect(await fetchJson(sender, receiver.url, options)).toEqual([
    'POST',
    'application/json',
    '1',
    'application/json',
    '{"question":"æ"}',
  ]);
});

test.each([301, 404, 500])('refuses status %i and tells it', async (status) => {
  await using receiver = await httpReceiver((_, response) =>
    response.writeHead(status, { location: '/x' }).end('{}'),
  );
  expect((await failureOf(fetchJson(sender, receiver.url, OPTIONS))).status).toBe(status);
});

test('refuses an answer beyond its bytes, one that is cut and one that is not JSON', async () => {
  const answers = [JSON.stringify('x'.repeat(10_000)), '<html>'];
  await using receiver = await httpReceiver((_, response) => response.end(answers.shift()));
  expect((await failureOf(fetchJson(sender, receiver.url, OPTIONS))).message).toMatch(/too long/);
  expect((await failureOf(fetchJson(sender, receiver.url, OPTIONS))).message).toMatch(/not JSON/);
  await using cut = await rawReceiver((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}')),
  );
  expect((await failureOf(fetchJson(sender, cut.url, OPTIONS))).message).toMatch(/broke off/);
});

test('ends at its timeout', async () => {
  await using receiver = await rawReceiver(() => undefined);
  const began = performance.now();
  const failure = await failureOf(fetchJson(sender, receiver.url, { ...OPTIONS, timeout: 100 }));
  expect(performance.now() - began).toBeLessThan(500);
  expect(failure).toMatchObject({ status: undefined });
  expect(failure.message).toMatch(/timeout/);
});

test('goes through the guard, and no path or query is in the error', async () => {
  const guard = createGuard({ allowLoopback: false, allowHttp: true, allowedNetworks: [] });
  await using guarded = openSender({ guard });
  const url = 'http://127.0.0.1:8080/person/08844397713?pid=08844397713';
  const { message } = await failureOf(fetchJson(guarded, url, OPTIONS));
  expect(message).toMatch(/^http:\/\/127\.0\.0\.1:8080: refused-address/);
  expect(message).not.toContain('08844397713');
});
