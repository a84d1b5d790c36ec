import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { type Answer, EVENTS, type EventsEdge, openEventsEdge, SUBSCRIPTIONS } from '../http/events-edge.ts';
import { COMPANY, SERVICE } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

let edge: EventsEdge;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.open();
  edge = await openEventsEdge({ RETRY_SCHEDULE_S: '3600', RETRY_JITTER: '0' });
});
afterAll(async () => {
  await edge[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

async function subscribe(path: string, more: Record<string, unknown> = {}): Promise<number> {
  const filter = { resourceFilter: SERVICE, subjectFilter: COMPANY };
  const { body } = await edge.subscribe(edge.tokens.manager, {
    endPoint: receiver.url(path),
    ...filter,
    ...more,
  });
  await edge.validated(edge.tokens.manager, body.id as number);
  return body.id as number;
}

/** POST /subscriptions/{id}/{what}. */
async function post(what: string, id: number, body?: unknown, token = edge.tokens.manager): Promise<Answer> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const response = await edge.platform.call(token, `${SUBSCRIPTIONS}/${id}/${what}`, {
    method: 'POST',
    body: text,
  });
  const answer = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') && answer !== '';
  return {
    ...{ status: response.status, headers: response.headers, text: answer },
    body: isJson ? (JSON.parse(answer) as unknown) : undefined,
  };
}

const read = async (id: number) => (await edge.get(edge.tokens.manager, `${SUBSCRIPTIONS}/${id}`)).body;
const dialogs = (path: string) => receiver.events(path).map((event) => event['resourceinstance']);

test('what is paused gets nothing, and all of it in order when it goes on', async () => {
  const id = await subscribe('/paused');
  const first = await edge.createDialog();
  await until('the first has come', () => dialogs('/paused').length === 1);
  expect((await post('pause', id)).body).toMatchObject({ id, state: 'paused', stateReason: 'consumer' });
  const other = await subscribe('/other');
  const meanwhile = [await edge.createDialog(), await edge.createDialog()];
  await until('another one has both', () => dialogs('/other').length === 2);
  expect(dialogs('/paused')).toEqual([first]);
  expect((await read(id)).delivery).toMatchObject({ waitingSince: expect.stringMatching(/^\d{4}-.*Z$/) });
  const resumed = await post('resume', id);
  expect(resumed.body).toMatchObject({ id, state: 'active' });
  expect(resumed.body).not.toHaveProperty('stateReason');
  await until('it has caught up', () => dialogs('/paused').length === 3);
  expect(new Set(dialogs('/paused'))).toEqual(new Set([first, ...meanwhile]));
  await edge.remove(edge.tokens.manager, other);
});

test('it may go on from now, and from a cursor, and at once', async () => {
  const id = await subscribe('/sought');
  await post('pause', id);
  const skipped = await edge.createDialog();
  const { headers } = await edge.get(edge.tokens.owner, `${EVENTS}?resource=${SERVICE}&after=0&size=1000`);
  const cursor = new URL(headers.get('next')!).searchParams.get('after')!;
  const repeated = await edge.createDialog();
  expect((await post('resume', id, { from: 'now' })).status).toBe(200);
  const next = await edge.createDialog();
  await until('the next has come', () => dialogs('/sought').length === 1);
  expect(dialogs('/sought')).toEqual([next]);
  await post('resume', id, { from: cursor });
  await until('it has come again', () => dialogs('/sought').length === 3);
  expect(dialogs('/sought').slice(1)).toEqual([repeated, next]);
  expect(dialogs('/sought')).not.toContain(skipped);
  await post('resume', id, { from: '0' });
  await until('all of it has come', () => dialogs('/sought').includes(skipped));
});

test('what is parked is forgotten when it goes on from elsewhere', async () => {
  const id = await subscribe('/parked');
  receiver.answer(({ path }) => (path === '/parked' ? 500 : 200));
  await edge.createDialog();
  await until('the dialog is parked', async () => (await read(id)).delivery.parkedDialogs === 1);
  expect((await read(id)).delivery).toMatchObject({ breaker: 'closed', nextAttempt: expect.any(String) });
  receiver.answer(() => 200);
  await post('resume', id, { from: 'now' });
  await until('nothing is parked', async () => (await read(id)).delivery.parkedDialogs === 0);
  const dialog = await edge.createDialog();
  await until('the next has come', () => dialogs('/parked').at(-1) === dialog);
});

test('a disabled one goes on where it stood, and its endpoint counts as sound', async () => {
  const id = await subscribe('/disabled');
  const disable = sql(
    'test.disable',
    `WITH held AS (INSERT INTO breaker (subscription, phase, because, since, next_at, probes)
       VALUES ($1, 'held', 'gone', clock_timestamp(), clock_timestamp() + interval '1 day', 3))
     UPDATE subscription SET state = 'disabled', state_reason = 'gone', version = bump_version('subscription')
      WHERE id = $1`,
  );
  await edge.platform.db.database.query(disable, [id]);
  const dialog = await edge.createDialog();
  expect(await read(id)).toMatchObject({
    ...{ state: 'disabled', stateReason: 'gone' },
    delivery: { breaker: 'held', heldBecause: 'gone' },
  });
  await post('resume', id);
  await until('it has come', () => dialogs('/disabled').includes(dialog));
  expect((await read(id)).delivery.breaker).toBe('closed');
});

test('who is somebody else, and what is no place, is refused', async () => {
  const id = await subscribe('/refused');
  for (const what of ['pause', 'resume']) {
    expect((await post(what, id, undefined, edge.tokens.owner)).status).toBe(403);
    expect((await post(what, 2_000_000_000)).status).toBe(404);
    expect((await post(what, id, undefined, 'nothing')).status).toBe(401);
  }
  for (const from of [7, {}, 'elsewhere', 'b1.00000000.1.aaaaaaaa'])
    expect((await post('resume', id, { from })).status).toBe(400);
  expect(await read(id)).toMatchObject({ state: 'active' });
});

test('a schedule and an order of its own are honoured', async () => {
  receiver.answer(({ path }) => (path === '/own' ? 500 : 200));
  const id = await subscribe('/own', { retrySchedule: [1], order: 'none' });
  expect(await read(id)).toMatchObject({ retrySchedule: [1], order: 'none' });
  await edge.createDialog();
  await until('its two attempts are used up', async () => (await read(id)).delivery.deadLetters === 1);
  expect(receiver.events('/own')).toHaveLength(2);
  receiver.answer(() => 200);
});
