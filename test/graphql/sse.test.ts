import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SseReader } from '../../src/graphql/sse.ts';
import { until } from '../support/until.ts';

/** A frame as long as one may be, so that the buffers of the sockets fill soon. */
const frame = (type: string): string =>
  JSON.stringify({ data: { dialogEvents: { type } }, a: 'x'.repeat(1900) });
const OPERATION = {
  dialog: '0194fe82-9280-77a5-a7cd-5ff0e6a6fa07',
  frames: { DIALOG_UPDATED: frame('DIALOG_UPDATED'), DIALOG_DELETED: frame('DIALOG_DELETED') },
};

let server: Server;
let client: Socket;
let response: ServerResponse;
let reader: SseReader;

beforeEach(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const opened = new Promise<ServerResponse>((resolve) => server.on('request', (_, made) => resolve(made)));
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  response = await opened;
  reader = new SseReader(response, OPERATION, { scopes: [], level: 3 });
});
afterEach(async () => {
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** Ten thousand changes, as fast as they come, while the client reads nothing. */
async function changeMuch(): Promise<void> {
  client.pause();
  for (let n = 0; n < 10_000; n++) {
    reader.tell('DIALOG_UPDATED');
    if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The types of the changes that have arrived, in order. */
function typesIn(text: string): string[] {
  return [...text.matchAll(/"type":"(\w+)"/g)].map(([, type]) => type ?? '');
}

test('a client that does not read costs little memory, and is told the latest change when it reads again', async () => {
  await changeMuch();
  reader.tell('DIALOG_DELETED');
  // What Node keeps before it says that it is full, and the frame that filled it.
  expect(response.writableLength).toBeLessThan(response.writableHighWaterMark + 2 * frame('').length);
  let text = '';
  client.on('data', (part: Buffer) => (text += part.toString()));
  client.resume();
  await until('the latest change has arrived', () => typesIn(text).at(-1) === 'DIALOG_DELETED');
  expect(typesIn(text).length).toBeLessThan(10_000);
  expect(typesIn(text).filter((type) => type === 'DIALOG_DELETED')).toHaveLength(1);
});

test('of a dialog that is deleted and restored while the client does not read, the restoration is told', async () => {
  await changeMuch();
  reader.tell('DIALOG_DELETED');
  reader.tell('DIALOG_UPDATED');
  let text = '';
  client.on('data', (part: Buffer) => (text += part.toString()));
  client.resume();
  await until('all has arrived', () => response.writableLength === 0);
  reader.end();
  await until('the stream has ended', () => text.includes('event: complete'));
  expect(typesIn(text)).not.toContain('DIALOG_DELETED');
});

test('a client that never reads again is cut off after eight signs of life, not before', async () => {
  await changeMuch();
  for (let n = 0; n < 8; n++) reader.keepAlive();
  expect(response.destroyed).toBe(false);
  reader.keepAlive();
  expect(response.destroyed).toBe(true);
  reader.tell('DIALOG_UPDATED');
  reader.keepAlive();
  reader.end();
});

test('what is told, kept alive or ended after the end does nothing', async () => {
  let text = '';
  client.on('data', (part: Buffer) => (text += part.toString()));
  reader.end();
  reader.end();
  reader.tell('DIALOG_UPDATED');
  reader.keepAlive();
  await until('the stream has ended', () => text.endsWith('event: complete\ndata:\n\n\r\n0\r\n\r\n'));
  expect(typesIn(text)).toEqual([]);
});
