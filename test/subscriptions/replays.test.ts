import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { putGrant } from '../../src/access/registry/single-changes.ts';
import { EVENTS } from '../http/events-edge.ts';
import { SERVICE } from '../support/platform.ts';
import { type Arrival, Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { openRecoveryEdge, type RecoveryEdge } from './recovery-edge.ts';

let edge: RecoveryEdge;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.open();
  edge = await openRecoveryEdge(receiver);
});
afterAll(async () => {
  await edge[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});
beforeEach(() => receiver.answer(() => 200));

const replayed = (path: string) => edge.arrivals(path).filter((one) => 'budstikka-replay' in one.headers);
const idOf = (arrival: Arrival) => edge.eventOf(arrival)['id'];

/** The last replay of a subscription once it is over. */
async function over(id: number): Promise<Record<string, unknown>> {
  return until('the replay is over', async () => {
    const { replay } = (await edge.get(`${id}`)).body.delivery;
    return replay.state !== 'running' && replay;
  });
}

/** A cursor of the feed, as of now. */
async function cursor(): Promise<string> {
  const path = `${EVENTS}?resource=${SERVICE}&after=0&size=1000`;
  const answer = await edge.platform.call(edge.tokens.owner, path);
  return new URL(answer.headers.get('next')!).searchParams.get('after')!;
}

test('what lies between two cursors is sent again and marked, each dialog in its order', async () => {
  const id = await edge.subscribe('/between');
  const before = await edge.createDialog();
  const from = await cursor();
  const dialog = await edge.createDialog();
  await edge.update(dialog);
  const to = await cursor();
  const after = await edge.createDialog();
  await until('all have come', () => edge.arrivals('/between').length === 4);
  const first = edge.arrivals('/between').filter(({ body }) => body.includes(dialog));
  const started = await edge.post(`${id}/replay`, { from, to });
  expect(started).toMatchObject({ status: 202, body: { state: 'running', from, to, position: from } });
  expect(await over(id)).toMatchObject({
    state: 'done',
    delivered: 2,
    withheld: 0,
    refused: 0,
    position: to,
  });
  expect(replayed('/between').map(idOf)).toEqual(first.map(idOf));
  expect(replayed('/between').map(({ body }) => body)).toEqual(first.map(({ body }) => body));
  expect(replayed('/between')[0]!.headers).toMatchObject({
    'budstikka-replay': 'log',
    'budstikka-delivery': first[0]!.headers['budstikka-delivery'],
  });
  expect(replayed('/between').some(({ body }) => body.includes(before) || body.includes(after))).toBe(false);
});

test('one event is sent again by its id', async () => {
  const id = await edge.subscribe('/single');
  await edge.createDialog();
  await edge.createDialog();
  await until('both have come', () => edge.arrivals('/single').length === 2);
  const event = idOf(edge.arrivals('/single')[0]!);
  await edge.post(`${id}/replay`, { event });
  expect(await over(id)).toMatchObject({ delivered: 1 });
  expect(replayed('/single').map(idOf)).toEqual([event]);
});

test('what was withheld comes by a replay when the right is back, and by itself never', async () => {
  const id = await edge.subscribe('/granted');
  const from = await cursor();
  const grant = await edge.takeRight();
  const dialog = await edge.createDialog();
  await until('it has been withheld', async () => {
    return (await edge.get(`${id}/deliveries?state=withheld`)).body.deliveries.length === 1;
  });
  await edge.post(`${id}/replay`, { from });
  expect(await over(id)).toMatchObject({ delivered: 0, withheld: 1 });
  await putGrant(edge.platform.db.database, grant, 'test');
  const next = await edge.createDialog();
  await until('the next has come', () => edge.arrivals('/granted').length === 1);
  expect(edge.arrivals('/granted')[0]!.body).toContain(next);
  await edge.post(`${id}/replay`, { from });
  expect(await over(id)).toMatchObject({ delivered: 2, withheld: 0 });
  expect(replayed('/granted').some(({ body }) => body.includes(dialog))).toBe(true);
});

test('what is refused in a replay is a dead letter', async () => {
  const id = await edge.subscribe('/letters');
  await edge.createDialog();
  await until('it has come', () => edge.arrivals('/letters').length === 1);
  receiver.answer(() => 500);
  await edge.post(`${id}/replay`, { event: idOf(edge.arrivals('/letters')[0]!) });
  expect(await over(id)).toMatchObject({ delivered: 0, refused: 1 });
  receiver.answer(() => 200);
  const [letter] = await edge.letters(id, 1);
  expect(letter!.id).toBe(idOf(edge.arrivals('/letters')[0]!));
  await edge.post(`${id}/dead-letters/retry`);
  await edge.letters(id, 0);
});

test('a replay waits while its subscription is paused, one runs at a time, and it can be cancelled', async () => {
  const id = await edge.subscribe('/cancelled');
  await edge.createDialog();
  await until('it has come', () => edge.arrivals('/cancelled').length === 1);
  await edge.post(`${id}/pause`);
  expect((await edge.post(`${id}/replay`, { from: '0' })).status).toBe(202);
  expect(await edge.post(`${id}/replay`, { from: '0' })).toMatchObject({
    status: 409,
    body: { code: 'replay-running' },
  });
  expect((await edge.call('DELETE', `${id}/replay`)).status).toBe(204);
  expect(await over(id)).toMatchObject({ state: 'cancelled', delivered: 0, endedAt: expect.any(String) });
  expect((await edge.call('DELETE', `${id}/replay`)).status).toBe(404);
  await edge.post(`${id}/resume`);
  await edge.post(`${id}/pause`);
  await edge.post(`${id}/replay`, { event: idOf(edge.arrivals('/cancelled')[0]!) });
  expect(replayed('/cancelled')).toEqual([]);
  await edge.post(`${id}/resume`);
  expect(await over(id)).toMatchObject({ state: 'done', delivered: 1 });
});

test('nobody else starts or ends one, and what is no place in the log is refused', async () => {
  const id = await edge.subscribe('/no-place');
  for (const method of ['POST', 'DELETE']) {
    expect((await edge.call(method, `${id}/replay`, { token: edge.tokens.owner })).status).toBe(403);
    expect((await edge.call(method, `${id}/replay`, { token: 'nothing' })).status).toBe(401);
    expect((await edge.call(method, '2000000000/replay')).status).toBe(404);
  }
  const [from, to] = [await cursor(), '0'];
  await edge.createDialog();
  for (const body of [
    ...[undefined, {}, { from: 7 }, { from: 'elsewhere' }, { from, to }, { from, to: 'now' }],
    ...[
      { event: 'unknown' },
      { event: 7 },
      { event: '' },
      { event: 'x\0' },
      { event: 'x', from },
      { from: '0', til: to },
    ],
  ])
    expect([body, (await edge.post(`${id}/replay`, body)).status]).toEqual([body, 400]);
  expect((await edge.get(`${id}`)).body.delivery).not.toHaveProperty('replay');
});
