import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MANAGER } from '../support/platform.ts';
import { until } from '../support/until.ts';
import { type GraphqlEdge, openGraphqlEdge } from './edge.ts';

let edge: GraphqlEdge;
let id: string;
let token: string;
/** Each change must be one. */
let progress = 0;

beforeAll(async () => {
  edge = await openGraphqlEdge({ KEEPALIVE_MS: '100', STREAM_MAX: '3' });
  id = await edge.createDialog();
  token = await edge.dialogToken(id);
});
afterAll(() => edge[Symbol.asyncDispose]());

const subscription = (dialog = id) => `subscription sub { dialogEvents(dialogId: "${dialog}") { id type } }`;
/** What the real GUI sends. */
const body = () => ({ query: subscription(), variables: {}, operationName: 'sub' });

const WIDE =
  'application/graphql-response+json, application/graphql+json, application/json, text/event-stream';

describe('a subscription', () => {
  test.each([
    ['text/event-stream'],
    ['Text/Event-Stream; charset=utf-8'],
    [WIDE],
    ['text/event-stream;q=0.1, application/json'],
    ['*/*'],
  ])('is a stream with Accept: %s', async (accept) => {
    await using stream = await edge.stream(token, body(), { accept });
    await until('it is alive', () => stream.comments > 1);
    await edge.change(id, ++progress);
    await until('the change is told', () => stream.messages.length > 0);
    expect(stream.messages[0]).toMatchObject({
      event: 'next',
      data: JSON.stringify({ data: { dialogEvents: { id, type: 'DIALOG_UPDATED' } } }),
    });
  });

  test('has headers that keep proxies from holding it back', async () => {
    const answer = await edge.post(token, body(), { accept: 'text/event-stream' });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    await answer.body?.cancel();
  });

  test('may be asked for with GET, and with the token in the older header beside another one', async () => {
    const query = new URLSearchParams({ query: subscription(), variables: '{}', operationName: 'sub' });
    const headers = { accept: 'text/event-stream', 'Digdir-Dialog-Token': token };
    const answer = await fetch(`${edge.url}?${query.toString()}`, {
      headers: { ...headers, authorization: `Bearer ${edge.manager}` },
    });
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    await answer.body?.cancel();
  });

  test.each([['application/json'], ['application/graphql-response+json'], ['text/event-stream;q=0, */json']])(
    'is refused with Accept: %s',
    async (accept) => {
      const answer = await edge.post(token, body(), { accept });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        errors: { Accept: [expect.stringContaining('event-stream')] },
      });
    },
  );

  test('needs a dialog token: no other will do', async () => {
    expect((await edge.post(edge.manager, body())).status).toBe(401);
    expect((await edge.post('rubbish', body())).status).toBe(401);
    const bare = await fetch(edge.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body()),
    });
    expect(bare.status).toBe(401);
    expect(bare.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('of another dialog, or with a faulty document, is one message and the end', async () => {
    const other = await edge.createDialog();
    const wanted: [string, string][] = [
      [subscription(other), 'AUTH_NOT_AUTHORIZED'],
      [subscription('x'), 'UUID must be text'],
      ['subscription { nothing }', 'Cannot query field'],
    ];
    for (const [query, message] of wanted) {
      await using stream = await edge.stream(token, { query });
      await until('it has ended', () => stream.ended);
      expect(stream.messages.map(({ event }) => event)).toEqual(['next', 'complete']);
      expect(stream.messages[0]?.data).toContain(message);
    }
  });

  test('beyond the limit of streams is refused with 429 and Retry-After, and there is room again afterwards', async () => {
    const open = await Promise.all([1, 2, 3].map(() => edge.stream(token, body())));
    const refused = await edge.post(token, body(), { accept: 'text/event-stream' });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await refused.json()).toMatchObject({ code: 'too-many-requests' });
    for (const stream of open) await stream[Symbol.asyncDispose]();
    await until('there is room', async () => {
      const answer = await edge.post(token, body(), { accept: 'text/event-stream' });
      await answer.body?.cancel();
      return answer.status === 200;
    });
  });

  test('is told of a deletion', async () => {
    const gone = await edge.createDialog();
    await using stream = await edge.stream(await edge.dialogToken(gone), { query: subscription(gone) });
    const owner = await edge.platform.token('GetEnterpriseToken', {
      ...{ org: 'ttd', orgNo: '991825827', scopes: 'digdir:dialogporten.serviceprovider' },
    });
    const path = `/dialogporten/api/v1/serviceowner/dialogs/${gone}`;
    expect((await edge.platform.call(owner, path, { method: 'DELETE', body: '' })).status).toBe(204);
    await until('it is told', () => stream.messages.some(({ data }) => data.includes('DIALOG_DELETED')));
  });
});

describe('a query or a mutation', () => {
  const QUERY = '{ limits { serviceOwnerSearch { maxPartyFilterValues } } }';
  const ANSWER = { data: { limits: { serviceOwnerSearch: { maxPartyFilterValues: 20 } } } };

  test('is answered', async () => {
    const answer = await edge.post(edge.manager, { query: QUERY });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(ANSWER);
  });

  test('needs a scope that end users have', async () => {
    const other = await edge.platform.token('GetPersonalToken', {
      pid: MANAGER,
      scopes: 'altinn:events.subscribe',
    });
    const answer = await edge.post(other, { query: QUERY });
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'AUTH_NOT_AUTHORIZED' } }] });
  });

  test('is JSON where JSON is taken, whatever else is; and a stream of one message where it is not', async () => {
    const wide = await edge.post(edge.manager, { query: QUERY }, { accept: WIDE });
    expect(wide.headers.get('content-type')).toMatch(/^application\/graphql-response\+json/);
    await using stream = await edge.stream(edge.manager, { query: QUERY });
    await until('it has ended', () => stream.ended);
    expect(stream.messages.map(({ event }) => event)).toEqual(['next', 'complete']);
    expect(stream.messages[0]?.data).toBe(JSON.stringify(ANSWER));
  });

  test('needs an end user’s token', async () => {
    expect((await edge.post(token, { query: QUERY })).status).toBe(401);
  });

  test('may be sent with GET, a mutation may not', async () => {
    const get = (query: string) =>
      fetch(`${edge.url}?${new URLSearchParams({ query }).toString()}`, {
        headers: { authorization: `Bearer ${edge.manager}` },
      });
    expect(await (await get(QUERY)).json()).toEqual(ANSWER);
    expect(
      (
        await get(
          'mutation { bulkSetSystemLabels(input: { dialogs: [], addLabels: [], removeLabels: [] }) { success } }',
        )
      ).status,
    ).toBe(405);
  });

  test('that is only the hash of a document is told to send the document', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };
    const refusal = [
      { message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
    ];
    const posted = await edge.post(edge.manager, { extensions });
    expect([posted.status, await posted.json()]).toEqual([200, { errors: refusal }]);
    const parameters = new URLSearchParams({ extensions: JSON.stringify(extensions) });
    const got = await fetch(`${edge.url}?${parameters.toString()}`);
    expect(await got.json()).toEqual({ errors: refusal });
    const sent = await edge.post(edge.manager, { query: QUERY, extensions });
    expect(await sent.json()).toEqual(ANSWER);
  });

  test('may ask for the schema in development mode', async () => {
    const answer = await edge.post(edge.manager, { query: '{ __schema { subscriptionType { name } } }' });
    expect(await answer.json()).toEqual({
      data: { __schema: { subscriptionType: { name: 'Subscriptions' } } },
    });
  });
});

describe('a request that is none', () => {
  const post = (text: string, type = 'application/json') =>
    fetch(edge.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': type, accept: 'text/event-stream' },
      body: text,
    });

  test.each([
    ['', 400],
    ['{', 400],
    ['[]', 400],
    ['null', 400],
    ['"text"', 400],
    ['{}', 400],
    ['{ "query": 7 }', 400],
    ['{ "query": "{ __typename }", "variables": [] }', 400],
    ['{ "query": "{ __typename }", "operationName": {} }', 400],
    [JSON.stringify({ query: ' '.repeat(1 << 18) }), 413],
  ])('is refused: %.40s', async (text, status) => {
    expect((await post(text)).status).toBe(status);
  });

  test('of another content type is refused', async () => {
    expect((await post('{ __typename }', 'application/graphql')).status).toBe(415);
  });

  test('of other methods finds nothing, and HEAD opens no stream', async () => {
    for (const method of ['HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
      expect((await fetch(edge.url, { method, headers: { accept: 'text/event-stream' } })).status).toBe(404);
    }
  });
});
