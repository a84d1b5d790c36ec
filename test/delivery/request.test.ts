import { expect, test } from 'vitest';
import { addMissing, describeMissing, type Missing } from '../../src/delivery/message-id.ts';
import { buildRequest, type Sign } from '../../src/delivery/request.ts';
import type { LogRow } from '../../src/events/event.ts';
import { newSecret, openSecret, signedHeaders } from '../../src/outbound/standard-webhooks.ts';
import type { Format } from '../../src/subscriptions/manner.ts';

const secrets = [openSecret(newSecret())];

function rowOf(id: string, position = 7): LogRow {
  return {
    ...{ position, audience: 'all', owner: '991825827', change: null, dialogSequence: null, type: 't' },
    ...{ resource: 'urn:altinn:resource:x', resourceInstance: null, subject: null, source: 'https://host/' },
    ...{ id, bytes: '{}', trace: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
  };
}

function headersFor(format: Format, ...rows: LogRow[]): Readonly<Record<string, string>> {
  const sign: Sign = (signed, body) => signedHeaders({ id: signed, body, secrets, timestamp: 1 });
  const subscription = { id: 1, endpoint: 'https://receiver.example.no/', format };
  const missing = { first: ['lost'], count: 1 };
  const cursorOf = (position: number) => `b1.${position}`;
  const trace = rows.length === 1 ? rows[0]!.trace : null;
  const parts = { subscription, rows, attempt: 1, watermark: 3, cursorOf, missing, trace, sign };
  return buildRequest(parts).headers;
}

function requestFor(id: string): Readonly<Record<string, string>> {
  return headersFor('structured', rowOf(id));
}

test('a request says everything about its event, also as a batch of one', () => {
  for (const format of ['structured', 'batch'] as const) {
    expect(headersFor(format, rowOf('a-1'))).toMatchObject({
      ...{ 'budstikka-delivery': '1-7', 'budstikka-attempt': '1', 'budstikka-subscription': '1' },
      ...{ 'budstikka-position': 'b1.7', 'budstikka-watermark': 'b1.3', 'budstikka-missing': 'lost' },
      ...{ 'webhook-id': 'a-1', traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    });
  }
});

test('a batch of several says how many and how far, and has an id of its own', () => {
  const headers = headersFor('batch', rowOf('b', 9), rowOf('a', 8));
  expect(headers).toMatchObject({ 'budstikka-batch': '2', 'budstikka-position': 'b1.9' });
  expect(headers['webhook-id']).toMatch(/^batch_[\w-]{43}$/);
  expect(headersFor('batch', rowOf('b', 9), rowOf('c', 10))['webhook-id']).not.toBe(headers['webhook-id']);
  for (const name of ['budstikka-delivery', 'budstikka-missing', 'traceparent'])
    expect(headers).not.toHaveProperty(name);
});

test('an event id that may stand in a header is the message id', () => {
  expect(requestFor('0190e1d0-aaaa-7000-8000-000000000001')['webhook-id']).toBe(
    '0190e1d0-aaaa-7000-8000-000000000001',
  );
});

test.each(['日本', 'a.b', 'line\nbreak', 'x'.repeat(1000), 'æøå'])(
  'an event id that may not (%j) has a stand-in, the same each time',
  (id) => {
    const headers = requestFor(id);
    expect(headers['webhook-id']).toMatch(/^event_[\w-]{43}$/);
    expect(requestFor(id)['webhook-id']).toBe(headers['webhook-id']);
    for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e]+$/);
  },
);

test('missing events are named up to a bound, and counted beyond it', () => {
  let missing: Missing | undefined;
  for (let n = 1; n <= 25; n++) missing = addMissing(missing, `m${n}`);
  expect(missing?.first).toHaveLength(20);
  expect(describeMissing(missing!)).toMatch(/^m1, m2, .*m20, and 5 more$/);
});
