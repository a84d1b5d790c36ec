import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { SendLimits } from '../../src/outbound/exchange.ts';
import type { SendResult } from '../../src/outbound/send-result.ts';
import { until } from '../support/until.ts';
import { onRequest, rawReceiver } from './receivers.ts';
import { LIMITS, openSender, post } from './senders.ts';

const REQUESTS = 600;
const CONNECTIONS = 16;
const IN_FLIGHT = 64;
const SHORT: SendLimits = { connect: 60, headers: 60, body: 60, total: 100, keep: 10, drain: 10 };

/** The same numbers between 0 and 1 in every run (a linear congruential generator). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** Everything that a receiver has been seen to do; most of the time it answers. */
const WAYS: readonly ((socket: Socket) => unknown)[] = [
  ...Array<(socket: Socket) => unknown>(8).fill((socket) => socket.write(OK)),
  (socket) => socket.end(OK),
  (socket) => socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok'),
  (socket) => socket.write(OK + OK),
  (socket) => setTimeout(() => socket.write(OK), 80),
  (socket) => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n${'x'.repeat(5000)}`),
  (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf'),
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.end(),
  (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf'),
  (socket) => socket.write('nonsense\r\n\r\n'),
  (socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'),
  () => undefined,
];

test.each([1, 2])('whatever receivers do, every send ends and nothing is left (%i)', async (seed) => {
  const random = numbers(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  await using receiver = await rawReceiver((socket) => onRequest(socket, () => pick(WAYS)(socket)));
  await using sender = openSender({ connectionsPerOrigin: CONNECTIONS, keepAlive: 50 });
  const results: SendResult[] = [];
  let left = REQUESTS;
  let most = 0;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const mayStart = (): boolean => random() > 0.05;
      const limits = random() < 0.5 ? SHORT : { ...LIMITS, headers: 200 };
      most = Math.max(most, sender.load()[0]?.connections ?? 0);
      results.push(await sender.send(post(receiver.url, { mayStart }), limits));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  expect(results).toHaveLength(REQUESTS);
  expect(new Set(results.map(({ kind }) => kind)).size).toBe(3);
  expect(most).toBeLessThanOrEqual(CONNECTIONS);
  await until('no connection is left', () => sender.load()[0]?.connections === 0 && receiver.open === 0);
  expect(sender.load()).toMatchObject([{ inFlight: 0, waiting: 0 }]);
});
