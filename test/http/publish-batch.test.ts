import { afterAll, beforeAll, expect, test } from 'vitest';
import { BATCH, type Event, event, openPublishers, type Publishers } from '../publishing/client.ts';

let under: Publishers;
beforeAll(async () => {
  under = await openPublishers();
});
afterAll(() => under[Symbol.asyncDispose]());

const type = BATCH;

function batch(events: readonly Event[]) {
  return under.post(JSON.stringify(events), { type });
}

async function counts(events: readonly Event[]): Promise<number[]> {
  return Promise.all(events.map(async ({ id }) => (await under.rows(id)).length));
}

test('a batch is published in its order, each event in the bytes it came in', async () => {
  const texts = [1, 2, 3].map((n) => JSON.stringify(event({ data: n }), null, n));
  expect(await under.post(` [${texts.join(' ,\n')}]`, { type })).toMatchObject({ status: 200, text: '' });
  const feed = await under.feed();
  expect(feed).toContain(texts.join(','));
});

test('one wrong event keeps all of them out, and every fault is named at its place', async () => {
  const events = [
    event(),
    event({ type: undefined }),
    event(),
    event({ resource: 'x', extra: {} }),
    event({ resource: 'x' }),
  ];
  const answer = await batch(events);
  expect(answer.status).toBe(400);
  expect(answer.errors).toEqual({
    'RequestBody[1]': ["CloudEvent is missing required attributes: type (Parameter 'data')"],
    'RequestBody[3]': ["The attribute 'extra' must be a string, a 32-bit integer or a boolean."],
    'RequestBody[4]': ["'Resource' must be a valid urn."],
  });
  expect(await counts(events)).toEqual([0, 0, 0, 0, 0]);
});

test('one event that may not be published keeps all of them out', async () => {
  const events = [event(), event({ type: 'dialogporten.dialog.seen.v1' })];
  expect((await batch(events)).status).toBe(403);
  expect(await counts(events)).toEqual([0, 0]);
});

test('of what was published before, or stands there twice, nothing is appended again', async () => {
  const [known, fresh] = [event({ data: 'known' }), event({ data: 'fresh' })];
  await under.publish(known);
  expect((await batch([known, fresh, { ...fresh, data: 'second' }])).status).toBe(200);
  expect(await counts([known, fresh])).toEqual([1, 1]);
  expect((await under.rows(fresh['id']))[0]?.bytes).toBe(JSON.stringify(fresh));
});

test('batches that hold the same events in other orders never wait for each other', async () => {
  const events = Array.from({ length: 50 }, () => event());
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => batch(n % 2 === 0 ? events : events.toReversed())),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(await counts(events))).toEqual(new Set([1]));
});

test.each([
  ['no list', '{}'],
  ['nothing', '[]'],
  ['101 events', JSON.stringify(Array.from({ length: 101 }, () => event()))],
])('a batch of %s is refused', async (_, body) => {
  expect((await under.post(body, { type })).errors).toEqual({
    RequestBody: ['A batch is a JSON array of 1 to 100 events.'],
  });
});

test('no event of a batch is larger than one on its own may be', async () => {
  expect((await batch([event({ data: 'x'.repeat(256 * 1024) })])).status).toBe(413);
  expect((await batch(Array.from({ length: 9 }, () => event({ data: 'x'.repeat(250_000) })))).status).toBe(
    413,
  );
});
