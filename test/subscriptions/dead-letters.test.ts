import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { putGrant } from '../../src/access/registry/single-changes.ts';
import { type Arrival, Receiver } from '../support/receiver.ts';
import { pause } from '../../src/lib/time.ts';
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

test('a dead letter is listed with what it was, why it died and how long it is kept', async () => {
  receiver.answer(() => 500);
  const id = await edge.subscribe('/listed');
  const dialog = await edge.createDialog();
  const [letter] = await edge.letters(id, 1);
  const [arrival] = edge.arrivals('/listed');
  expect(letter).toEqual({
    delivery: arrival!.headers['budstikka-delivery'],
    id: edge.eventOf(arrival!)['id'],
    source: edge.eventOf(arrival!)['source'],
    type: 'dialogporten.dialog.created.v1',
    resource: 'urn:altinn:resource:super-simple-service',
    resourceInstance: dialog,
    position: arrival!.headers['budstikka-position'],
    attempts: 2,
    lastCause: 'answered 500',
    diedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    retryAskedAt: null,
    expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
  });
});

test('a page ends where it is asked to, and says where the next one begins', async () => {
  receiver.answer(() => 500);
  const id = await edge.subscribe('/paged', { order: 'none' });
  for (let count = 0; count < 3; count++) await edge.createDialog();
  const all = await edge.letters(id, 3);
  const first = (await edge.get(`${id}/dead-letters?size=2`)).body;
  expect(first.deadLetters).toEqual(all.slice(0, 2));
  const second = (await edge.get(`${id}/dead-letters?size=2&after=${first.next}`)).body;
  expect(second).toEqual({ deadLetters: all.slice(2), next: null });
});

test('what follows a dead letter says that it is missing, until it has been sent again', async () => {
  const { dialog, id, dead } = await edge.withLetter('/again');
  await edge.update(dialog);
  await until('the update has come', () => edge.arrivals('/again').length === 3);
  expect(edge.arrivals('/again')[2]!.headers['budstikka-missing']).toBe(dead);
  expect(await edge.post(`${id}/dead-letters/retry`)).toMatchObject({ status: 202, body: { retried: 1 } });
  await until('it has come again', () => edge.arrivals('/again').length === 4);
  const again = edge.arrivals('/again')[3]!;
  expect(edge.eventOf(again)['id']).toBe(dead);
  expect(again.headers).toMatchObject({ 'budstikka-replay': 'dead-letter', 'budstikka-attempt': '3' });
  expect(again.headers).not.toHaveProperty('budstikka-missing');
  await edge.letters(id, 0);
  await edge.update(dialog);
  await until('the next has come', () => edge.arrivals('/again').length === 5);
  expect(edge.arrivals('/again')[4]!.headers).not.toHaveProperty('budstikka-missing');
  expect(edge.arrivals('/again')[4]!.headers).not.toHaveProperty('budstikka-replay');
});

test('one that is refused again is a dead letter as before, and only those named are sent', async () => {
  const { id, delivery } = await edge.withLetter('/refused-again');
  receiver.answer(({ path }) => (path === '/refused-again' ? 500 : 200));
  await edge.createDialog();
  await edge.letters(id, 2);
  const before = edge.arrivals('/refused-again').length;
  await edge.post(`${id}/dead-letters/retry`, { deliveries: [delivery] });
  await until('it has been refused', async () => {
    const [first] = (await edge.get(`${id}/dead-letters`)).body.deadLetters;
    return first.attempts === 3 && first.retryAskedAt === null;
  });
  expect(edge.arrivals('/refused-again').length).toBe(before + 1);
});

test('one that is given up is not sent, and nothing says any longer that it is missing', async () => {
  const { dialog, id } = await edge.withLetter('/given-up');
  expect(await edge.post(`${id}/dead-letters/discard`)).toMatchObject({
    status: 200,
    body: { discarded: 1 },
  });
  await edge.update(dialog);
  await until('the update has come', () => edge.arrivals('/given-up').length === 3);
  expect(edge.arrivals('/given-up')[2]!.headers).not.toHaveProperty('budstikka-missing');
  await edge.letters(id, 0);
});

test('a letter whose subscriber has lost the right stays one, and is taken when the right is back', async () => {
  const { id, dead } = await edge.withLetter('/withheld');
  const { database } = edge.platform.db;
  const grant = await edge.takeRight();
  await edge.post(`${id}/dead-letters/retry`);
  await until('it has been withheld', async () => {
    const [letter] = (await edge.get(`${id}/dead-letters`)).body.deadLetters;
    return letter.lastCause === 'withheld when it was sent again';
  });
  expect(edge.arrivals('/withheld')).toHaveLength(2);
  await putGrant(database, grant, 'test');
  // What is sent within a moment of the grant may still be decided as before it.
  await until('it is taken when asked for again', async () => {
    await edge.post(`${id}/dead-letters/retry`);
    await pause(500);
    return (await edge.get(`${id}/dead-letters`)).body.deadLetters.length === 0;
  });
  expect(edge.eventOf(edge.arrivals('/withheld').at(-1)!)['id']).toBe(dead);
});

test('with hold, a dialog waits at its dead letter while others flow, and goes on when it has been taken', async () => {
  const held = await edge.createDialog();
  receiver.answer((arrival) => (isOf(arrival, held) ? 500 : 200));
  const id = await edge.subscribe('/held', { onExhausted: 'hold' });
  await edge.update(held);
  const letter = (await edge.letters(id, 1))[0]!;
  await edge.update(held);
  const other = await edge.createDialog();
  await until('the other one has come', () => edge.arrivals('/held').some((one) => isOf(one, other)));
  expect((await edge.get(`${id}`)).body).toMatchObject({
    onExhausted: 'hold',
    delivery: { parkedDialogs: 1, heldDialogs: 1, deadLetters: 1 },
  });
  expect(edge.arrivals('/held').filter((one) => isOf(one, held))).toHaveLength(2);
  receiver.answer(() => 200);
  await edge.post(`${id}/dead-letters/retry`, { deliveries: [letter.delivery] });
  await until('it has gone on', () => edge.arrivals('/held').filter((one) => isOf(one, held)).length === 4);
  const [, , again, next] = edge.arrivals('/held').filter((one) => isOf(one, held));
  expect(edge.eventOf(again!)['id']).toBe(letter.id);
  expect(again!.headers).toHaveProperty('budstikka-replay');
  expect(next!.headers).not.toHaveProperty('budstikka-replay');
  expect(next!.headers).not.toHaveProperty('budstikka-missing');
});

test.for([
  ['it is given up', (id: number) => edge.post(`${id}/dead-letters/discard`)],
  ['its subscription wants to go on', (id: number) => edge.ask('/let-go', { onExhausted: 'continue' }, id)],
] as const)('a dialog that is held goes on when %s', async ([, end]) => {
  receiver.answer(() => 500);
  const id = await edge.subscribe('/let-go', { onExhausted: 'hold' });
  const dialog = await edge.createDialog();
  await edge.letters(id, 1);
  await edge.update(dialog);
  const before = edge.arrivals('/let-go').length;
  receiver.answer(() => 200);
  await end(id);
  await until('the next has come', () => edge.arrivals('/let-go').length === before + 1);
  expect(edge.eventOf(edge.arrivals('/let-go').at(-1)!)['type']).toBe('dialogporten.dialog.updated.v1');
  await edge.remove(id);
});

test('nobody else sees or settles them, and what names none is refused', async () => {
  const { id, delivery } = await edge.withLetter('/refused');
  for (const [method, what] of [
    ['GET', 'dead-letters'],
    ['POST', 'dead-letters/retry'],
    ['POST', 'dead-letters/discard'],
  ] as const) {
    expect((await edge.call(method, `${id}/${what}`, { token: edge.tokens.owner })).status).toBe(403);
    expect((await edge.call(method, `${id}/${what}`, { token: 'nothing' })).status).toBe(401);
    expect((await edge.call(method, `2000000000/${what}`)).status).toBe(404);
  }
  for (const deliveries of [[], 7, [delivery, `${id + 1}-1`], ['x'], Array(201).fill(delivery)])
    for (const what of ['retry', 'discard'])
      expect((await edge.post(`${id}/dead-letters/${what}`, { deliveries })).status).toBe(400);
  for (const body of [[delivery], 'x', { delivery: [delivery] }])
    for (const what of ['retry', 'discard'])
      expect((await edge.post(`${id}/dead-letters/${what}`, body)).status).toBe(400);
  for (const query of ['size=0', 'size=201', 'size=x', 'after=x', `after=${id + 1}-1`])
    expect((await edge.get(`${id}/dead-letters?${query}`)).status).toBe(400);
  await edge.letters(id, 1);
});

function isOf({ body }: Arrival, dialog: string): boolean {
  return body.includes(dialog);
}
