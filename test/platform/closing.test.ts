import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { openGraphqlEdge } from '../graphql/edge.ts';
import { until } from '../support/until.ts';

/** Milliseconds that ending the whole system took. */
async function timeToEnd(system: AsyncDisposable): Promise<number> {
  const begun = performance.now();
  await system[Symbol.asyncDispose]();
  return performance.now() - begun;
}

/** A connection of its own, and what has arrived on it. */
async function openSocket(base: string) {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  const read = { text: '' };
  socket.on('data', (part: Buffer) => (read.text += part.toString()));
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
  return { socket, read, closed };
}

test('open streams are completed, and connections that carry nothing are cut, without any wait', async () => {
  const edge = await openGraphqlEdge({ SHUTDOWN_MS: '60000' });
  const id = await edge.createDialog();
  const query = `subscription { dialogEvents(dialogId: "${id}") { id type } }`;
  const stream = await edge.stream(await edge.dialogToken(id), { query });
  const idle = await openSocket(edge.platform.base);
  expect(await timeToEnd(edge)).toBeLessThan(5000);
  await until('the stream has ended', () => stream.ended);
  expect(stream.messages.map(({ event }) => event)).toEqual(['complete']);
  await idle.closed;
});

test('a request whose body never ends is cut when its share of the time is over', async () => {
  const edge = await openGraphqlEdge({ SHUTDOWN_MS: '5000' });
  const slow = await openSocket(edge.platform.base);
  const head = 'POST /events/api/v1/subscriptions HTTP/1.1\r\nHost: localhost\r\n';
  slow.socket.write(
    `${head}Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n{`,
  );
  await until('the request has begun', () => slow.read.text.includes('100 Continue'));
  const time = await timeToEnd(edge);
  expect(time).toBeGreaterThan(1900);
  expect(time).toBeLessThan(5000);
  await slow.closed;
});

test('a request that is under way is answered before its connection ends', async () => {
  const edge = await openGraphqlEdge({ SHUTDOWN_MS: '60000' });
  const slow = await openSocket(edge.platform.base);
  const head = 'POST /events/api/v1/subscriptions HTTP/1.1\r\nHost: localhost\r\n';
  slow.socket.write(
    `${head}Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n{`,
  );
  await until('the request has begun', () => slow.read.text.includes('100 Continue'));
  const ending = timeToEnd(edge);
  slow.socket.write('}');
  expect(await ending).toBeLessThan(5000);
  await slow.closed;
  expect(slow.read.text).toContain('HTTP/1.1 401');
});
