import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GraphqlEdge, openGraphqlEdge } from '../graphql/edge.ts';
import { COMPANY, SERVICE } from '../support/platform.ts';
import { openTestServer, type TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';

let server: TestServer;
let edge: GraphqlEdge;
beforeAll(async () => {
  server = await openTestServer();
  edge = await openGraphqlEdge({ DATABASE_URL: server.url, POLL_MS: '100' });
});
afterAll(async () => {
  await edge[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test('without the database requests are refused at once, streams stay open, and all goes on by itself', async () => {
  const { platform } = edge;
  const token = await platform.token('GetPersonalToken', {
    pid: '08844397713',
    scopes: 'altinn:events.subscribe digdir:dialogporten',
  });
  const id = await edge.createDialog();
  const query = `subscription { dialogEvents(dialogId: "${id}") { id type } }`;
  await using stream = await edge.stream(await edge.dialogToken(id), { query });
  const feed = `/events/api/v1/events?after=0&resource=${SERVICE}&subject=${COMPANY}`;
  expect((await platform.call(token, feed)).status).toBe(200);

  await server.stop();
  const subscription = { endPoint: 'http://127.0.0.1:9/a', resourceFilter: SERVICE, subjectFilter: COMPANY };
  const begun = performance.now();
  const refused = await Promise.all([
    platform.call(token, feed),
    platform.call(token, '/events/api/v1/subscriptions'),
    platform.call(token, '/events/api/v1/subscriptions/1'),
    platform.call(token, '/events/api/v1/subscriptions', {
      method: 'POST',
      body: JSON.stringify(subscription),
    }),
    platform.call(token, `/dialogporten/api/v1/enduser/dialogs/${id}`),
    fetch(`${platform.base}/health/readiness`),
  ]);
  expect(refused.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503, 503]);
  expect(await refused[0]?.json()).toMatchObject({ code: 'database-unavailable' });
  expect(performance.now() - begun).toBeLessThan(5000);
  expect((await fetch(`${platform.base}/health/liveness`)).status).toBe(200);
  expect(stream.ended).toBe(false);

  await server.start();
  await until('it is ready again', async () => (await fetch(`${platform.base}/health/readiness`)).ok);
  expect((await platform.call(token, feed)).status).toBe(200);
  await edge.change(id, 50);
  await until('the stream tells of what happened after', () => stream.messages.length > 0);
  expect(stream.messages[0]?.data).toContain('DIALOG_UPDATED');
});
