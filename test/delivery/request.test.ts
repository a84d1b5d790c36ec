import { expect, test } from 'vitest';
import { addMissing, describeMissing, type Missing } from '../../src/delivery/message-id.ts';
import { buildRequest, type Sign } from '../../src/delivery/request.ts';
import type { LogRow } from '../../src/events/event.ts';
import { newSecret, openSecret, signedHeaders } from '../../src/outbound/standard-webhooks.ts';

const secrets = [openSecret(newSecret())];

function requestFor(id: string): Readonly<Record<string, string>> {
  const row: LogRow = {
    ...{ position: 7, audience: 'all', owner: '991825827', change: null, dialogSequence: null, type: 't' },
    ...{
      resource: 'urn:altinn:resource:x',
      resourceInstance: null,
      subject: null,
      source: 'https://host/',
      id,
    },
    ...{ bytes: '{}', trace: null },
  };
  const sign: Sign = (signed, body) => signedHeaders({ id: signed, body, secrets, timestamp: 1 });
  const subscription = { id: 1, endpoint: 'https://receiver.example.no/', format: 'structured' } as const;
  const parts = {
    subscription,
    row,
    attempt: 1,
    cursor: 'b1.x',
    watermark: 'b1.w',
    missing: undefined,
    trace: null,
    sign,
  };
  return buildRequest(parts).headers;
}

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
