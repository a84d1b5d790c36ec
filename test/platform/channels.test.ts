import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMPANY, MANAGER, SERVICE, startTestPlatform, type TestPlatform, TTD } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { StreamClient } from '../support/sse.ts';
import { until } from '../support/until.ts';

let platform: TestPlatform;
let receiver: Receiver;
let owner: string;
let manager: string;

beforeAll(async () => {
  platform = await startTestPlatform();
  receiver = await Receiver.open();
  owner = await platform.token('GetEnterpriseToken', {
    ...TTD,
    scopes: 'digdir:dialogporten.serviceprovider',
  });
  manager = await platform.token('GetPersonalToken', {
    pid: MANAGER,
    scopes: 'digdir:dialogporten altinn:events.subscribe',
  });
});
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const OWNER_DIALOGS = '/dialogporten/api/v1/serviceowner/dialogs';
const USER_DIALOGS = '/dialogporten/api/v1/enduser/dialogs';
const SUBSCRIPTIONS = '/events/api/v1/subscriptions';

async function createDialog(party = COMPANY): Promise<string> {
  const body = {
    serviceResource: SERVICE,
    party,
    status: 'InProgress',
    content: { title: { value: [{ languageCode: 'nb', value: 'En søknad' }] } },
  };
  const answer = await platform.call(owner, OWNER_DIALOGS, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(201);
  return (await answer.json()) as string;
}

async function patch(id: string, progress: number): Promise<void> {
  const body = JSON.stringify([{ op: 'replace', path: '/progress', value: progress }]);
  expect((await platform.call(owner, `${OWNER_DIALOGS}/${id}`, { method: 'PATCH', body })).status).toBe(204);
}

async function subscribe(path: string, more: object = {}): Promise<Record<string, unknown>> {
  const body = JSON.stringify({
    endPoint: receiver.url(path),
    resourceFilter: SERVICE,
    subjectFilter: COMPANY,
    ...more,
  });
  const answer = await platform.call(manager, SUBSCRIPTIONS, { method: 'POST', body });
  expect(answer.status).toBe(201);
  const subscription = (await answer.json()) as Record<string, unknown>;
  await until('the subscription is validated', async () => {
    const read = await platform.call(manager, `${SUBSCRIPTIONS}/${String(subscription['id'])}`);
    return ((await read.json()) as Record<string, unknown>)['validated'];
  });
  return subscription;
}

async function poll(
  query: string,
): Promise<{ events: Record<string, unknown>[]; next: string; status: number }> {
  const answer = await platform.call(manager, `/events/api/v1/events?${query}`);
  const events = answer.status === 200 ? ((await answer.json()) as Record<string, unknown>[]) : [];
  return { events, next: answer.headers.get('next') ?? '', status: answer.status };
}

test('webhook, feed and live tell of the same change, with the same id and the same bytes', async () => {
  const subscription = await subscribe('/same');
  expect(subscription['secret']).toMatch(/^whsec_/);
  const id = await createDialog();
  const opened = (await (await platform.call(manager, `${USER_DIALOGS}/${id}`)).json()) as {
    dialogToken: string;
  };
  await until('the opening has been told', () =>
    receiver.events('/same').some((event) => String(event['type']).includes('seen')),
  );
  await using stream = await StreamClient.open(`${platform.base}/dialogporten/graphql`, {
    token: opened.dialogToken,
    query: `subscription sub { dialogEvents(dialogId: "${id}") { id type } }`,
  });
  await patch(id, 50);
  await until('the stream has told', () =>
    stream.messages.some((message) => message.data.includes('DIALOG_UPDATED')),
  );
  expect(JSON.parse(stream.messages[0]?.data ?? '')).toEqual({
    data: { dialogEvents: { id, type: 'DIALOG_UPDATED' } },
  });
  const ours = () => receiver.events('/same').filter((event) => event['resourceinstance'] === id);
  await until('the webhook has told', () => ours().length === 4);
  const { events } = await poll(`after=0&resource=${SERVICE}&subject=${COMPANY}&size=1000`);
  expect(events.filter((event) => event['resourceinstance'] === id)).toEqual(ours());
  expect(ours().map((event) => event['dialogsequence'])).toEqual([1, 2, 3, 4]);
});

test('a page of the feed is followed by the next one, and the last leads on to what comes', async () => {
  const id = await createDialog();
  for (let n = 1; n <= 5; n++) await patch(id, n);
  const query = `after=0&resource=${SERVICE}&type=dialogporten.dialog.updated.v1&size=2`;
  const seen: unknown[] = [];
  let page = await poll(query);
  while (page.events.length > 0) {
    expect(page.events.length).toBeLessThanOrEqual(2);
    seen.push(...page.events.map((event) => event['id']));
    page = await poll(page.next.split('?')[1] ?? '');
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.length).toBeGreaterThanOrEqual(5);
  await patch(id, 6);
  page = await poll(page.next.split('?')[1] ?? '');
  expect(page.events).toHaveLength(1);
});

test('the feed goes on from an event id, and says where to go when it does not know one', async () => {
  const { events } = await poll(`after=0&resource=${SERVICE}&size=2`);
  const rest = await poll(`after=${String(events[0]?.['id'])}&resource=${SERVICE}&size=1`);
  expect(rest.events[0]?.['id']).toBe(events[1]?.['id']);
  const lost = await platform.call(manager, `/events/api/v1/events?after=unknown&resource=${SERVICE}`);
  expect(lost.status).toBe(410);
  const problem = (await lost.json()) as { links: Record<string, string> };
  expect(Object.keys(problem.links).toSorted()).toEqual(['earliest', 'now']);
  expect(
    (await fetch(problem.links['now'] ?? '', { headers: { authorization: `Bearer ${manager}` } })).status,
  ).toBe(200);
});

test('a change of labels is told to those who name its type, and to nobody else; the owner’s own to no end user', async () => {
  const LABELS = 'budstikka.dialog.labels.v1';
  await subscribe('/labels', { typeFilter: LABELS });
  await subscribe('/everything');
  const id = await createDialog();
  const label = JSON.stringify({ value: 'haster' });
  const added = { method: 'POST', body: label };
  expect((await platform.call(owner, `${OWNER_DIALOGS}/${id}/context/labels`, added)).status).toBe(204);
  const moved = { method: 'PUT', body: JSON.stringify({ addLabels: ['Archive'] }) };
  const path = `${USER_DIALOGS}/${id}/context/systemlabels`;
  expect((await platform.call(manager, path, moved)).status).toBe(204);
  await patch(id, 30);
  const at = (place: string) => receiver.events(place).filter((event) => event['resourceinstance'] === id);
  await until('all three have been told', () => at('/labels').length === 2 && at('/everything').length === 2);
  expect(at('/labels').map((event) => [event['type'], event['dialogsequenceafter']])).toEqual([
    [LABELS, 1],
    [LABELS, 2],
  ]);
  expect(at('/everything').map((event) => event['dialogsequence'])).toEqual([1, 2]);
  const { events } = await poll(`after=0&resource=${SERVICE}&type=budstikka.%25&size=1000`);
  const ours = events.filter((event) => event['resourceinstance'] === id);
  expect(ours).toEqual(at('/labels'));
});

test('who has no right to the party gets nothing: no subscription, no page, no dialog, no stream', async () => {
  const id = await createDialog();
  const stranger = await platform.token('GetPersonalToken', {
    pid: '12855515545',
    scopes: 'digdir:dialogporten altinn:events.subscribe',
  });
  const body = JSON.stringify({
    endPoint: receiver.url('/no'),
    resourceFilter: SERVICE,
    subjectFilter: COMPANY,
  });
  const refused = await platform.call(stranger, SUBSCRIPTIONS, { method: 'POST', body });
  expect(refused.status).toBe(403);
  expect(await refused.json()).toBe(`Not authorized to create a subscription for resource ${SERVICE}.`);
  const page = await platform.call(
    stranger,
    `/events/api/v1/events?after=0&resource=${SERVICE}&subject=${COMPANY}`,
  );
  expect(await page.json()).toEqual([]);
  expect((await platform.call(stranger, `${USER_DIALOGS}/${id}`)).status).toBe(403);
});

test('a stream needs the token of its own dialog, also when the document hides a second operation', async () => {
  const mine = await createDialog();
  const other = await createDialog();
  const { dialogToken } = (await (await platform.call(manager, `${USER_DIALOGS}/${mine}`)).json()) as {
    dialogToken: string;
  };
  const url = `${platform.base}/dialogporten/graphql`;
  const query = `subscription { dialogEvents(dialogId: "${other}") { id type } }`;
  await using stream = await StreamClient.open(url, { token: dialogToken, query });
  await until('the stream has ended', () => stream.messages.some((message) => message.event === 'complete'));
  expect(stream.messages[0]?.data).toContain('AUTH_NOT_AUTHORIZED');
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${dialogToken}`,
      accept: 'text/event-stream',
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      operationName: 'b',
      query: `subscription a { dialogEvents(dialogId: "${mine}") { id } } subscription b { dialogEvents(dialogId: "${other}") { id } }`,
    }),
  });
  expect(await answer.text()).toContain('AUTH_NOT_AUTHORIZED');
  expect(
    (
      await fetch(url, {
        method: 'POST',
        headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
        body: '{"query":"subscription { x }"}',
      })
    ).status,
  ).toBe(401);
});

test('a revoked right ends delivery, feed and stream, and nothing is said on a guess', async () => {
  await subscribe('/revoked');
  const id = await createDialog();
  await until('it arrives', () =>
    receiver.events('/revoked').some((event) => event['resourceinstance'] === id),
  );
  const { dialogToken } = (await (await platform.call(manager, `${USER_DIALOGS}/${id}`)).json()) as {
    dialogToken: string;
  };
  await using stream = await StreamClient.open(`${platform.base}/dialogporten/graphql`, {
    token: dialogToken,
    query: `subscription { dialogEvents(dialogId: "${id}") { id type } }`,
  });
  await until('the seen event has arrived', () =>
    receiver.events('/revoked').some((event) => String(event['type']).endsWith('seen.v1')),
  );
  const before = receiver.events('/revoked').length;
  const revoke = `UPDATE access_grant SET deleted = true, version = bump_version('access') WHERE recipient LIKE '%${MANAGER}'`;
  await platform.db.database.query({ name: 'revoke', text: revoke });
  await patch(id, 77);
  await until('the stream has ended', () => stream.messages.some((message) => message.event === 'complete'));
  const { events } = await poll(`after=0&resource=${SERVICE}&subject=${COMPANY}`);
  expect(events).toEqual([]);
  await until('the withheld event is in the delivery log', async () => {
    const rows = await platform.db.database.query({
      name: 'withheld',
      text: `SELECT FROM delivery_log WHERE state = 'withheld'`,
    });
    return rows.length > 0;
  });
  expect(receiver.events('/revoked')).toHaveLength(before);
});
