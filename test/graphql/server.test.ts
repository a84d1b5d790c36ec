import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DialogsOptions } from '../../src/dialogs/options.ts';
import { GraphqlServer } from '../../src/graphql/server.ts';
import { openLog } from '../../src/lib/log.ts';
import type { LiveHub } from '../../src/live/hub.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { openHub } from './hub.ts';

const DIALOG = '0194fe82-9280-77a5-a7cd-5ff0e6a6fa07';
const IDENTITY = { pid: '08844397713', scopes: [], level: 3 };

let db: TestDatabase;
let hub: LiveHub;
let graphql: GraphqlServer;
let server: Server;
/** Lets the tokens that are being checked pass. */
let letPass: () => void;
/** Responses whose tokens are being checked. */
let waiting: ServerResponse[];

/** A server with room for one stream, in which the check of a token takes until `letPass`. */
beforeEach(async () => {
  db = await openTestDatabase();
  hub = await openHub(db.database);
  waiting = [];
  const gate = new Promise<void>((resolve) => (letPass = resolve));
  graphql = new GraphqlServer({
    hub,
    keepAliveMs: 1000,
    introspection: false,
    authenticate: async () => ({ identity: IDENTITY }),
    dialogs: {} as DialogsOptions,
    log: openLog({ level: 'silent' }),
    depthMost: 12,
    costMost: 10_000,
    verifyDialogToken: async () => {
      await gate;
      return { dialog: DIALOG, identity: IDENTITY };
    },
  });
  server = createServer((_, response) => {
    waiting.push(response);
    void graphql.serve(request, response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  graphql[Symbol.dispose]();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await hub[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

const trace = { id: '', parent: '' };
const request = {
  trace,
  method: 'POST',
  url: '/',
  headers: { accept: 'text/event-stream', authorization: 'Bearer token' },
  body: { query: `subscription { dialogEvents(dialogId: "${DIALOG}") { id type } }` },
};

test('the schema is not told where that is not allowed', async () => {
  const asked = {
    trace,
    method: 'POST',
    url: '/',
    headers: {},
    body: { query: '{ __schema { description } }' },
  };
  const answer = await graphql.serve(asked, {} as ServerResponse);
  expect(answer?.body).toMatch(/introspection has been disabled/i);
});

function call(signal?: AbortSignal): Promise<Response> {
  const { port } = server.address() as AddressInfo;
  return fetch(`http://127.0.0.1:${port}`, signal ? { signal } : {});
}

test('a client that leaves while its token is checked takes nobody’s place', async () => {
  const left = new AbortController();
  const leaving = call(left.signal).catch(() => 'left');
  await until('the token is being checked', () => waiting.length === 1);
  const closed = once(waiting[0]!, 'close');
  left.abort();
  await closed;
  letPass();
  expect(await leaving).toBe('left');
  const staying = await call();
  expect(staying.headers.get('content-type')).toMatch(/^text\/event-stream/);
  await until('there is no room for another', () => !hub.hasRoomFor(IDENTITY));
  await staying.body?.cancel();
  await until('there is room again', () => hub.hasRoomFor(IDENTITY));
});

test('a stream whose token is being checked when the process stops is completed', async () => {
  const opening = call();
  await until('the token is being checked', () => waiting.length === 1);
  graphql[Symbol.dispose]();
  letPass();
  expect(await (await opening).text()).toBe(':\n\nevent: complete\ndata:\n\n');
  await until('there is room again', () => hub.hasRoomFor(IDENTITY));
});
