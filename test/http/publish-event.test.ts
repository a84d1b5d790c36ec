import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { event, openPublishers, type Publishers } from '../publishing/client.ts';
import { COMPANY, SERVICE, TTD } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

let under: Publishers;
beforeAll(async () => {
  under = await openPublishers();
});
afterAll(() => under[Symbol.asyncDispose]());

describe('a published event', () => {
  test('is answered with 200 and nothing, and comes out of the feed byte for byte', async () => {
    const text = `\n{ "id": "${randomUUID()}",\t"specversion":"1.0","source":"/s/1","type":"t.æ", "resource":"${SERVICE}",
      "subject":"${COMPANY}", "data":{"amount": 12345678901234567890.10, "b":[1 ,2]}, "extra": null } \n`;
    expect(await under.post(text)).toMatchObject({ status: 200, text: '' });
    expect(await under.feed()).toContain(text);
  });

  test('reaches a webhook with the same bytes, and the answer says when it was committed', async () => {
    await using receiver = await Receiver.open();
    const body = JSON.stringify({
      endPoint: receiver.url('/out'),
      resourceFilter: SERVICE,
      subjectFilter: COMPANY,
    });
    const path = '/events/api/v1/subscriptions';
    expect((await under.platform.call(under.manager, path, { method: 'POST', body })).status).toBe(201);
    const text = JSON.stringify(event({ data: { n: 1 } }), null, 2);
    const answer = await under.post(text);
    expect(answer.headers.get('server-timing')).toMatch(/^commit;desc="\d+\.\d{3}"$/);
    const arrival = await until('it arrives', () => receiver.arrivals.find((one) => one.body === text));
    expect(arrival.headers['traceparent']).toMatch(/^00-/);
  });

  test('stands in the log for all, under the owner of its resource, and counts in no dialog', async () => {
    const id = randomUUID();
    const given = event({ id, resourceinstance: 'case-1', time: '2026-01-02T03:04:05.1234567+14:00' });
    await under.publish(given);
    expect(await under.rows(id)).toMatchObject([
      {
        audience: 'all',
        owner: TTD.orgNo,
        resource_instance: 'case-1',
        subject: COMPANY,
        time: '2026-01-01T13:04:05.1234560Z',
        change: null,
        dialog_sequence: null,
        bytes: JSON.stringify(given),
      },
    ]);
  });

  test.each([
    ['no more than it must have', { subject: undefined }],
    ['an id that is no UUID', { id: 'en/æ.ø?å 1' }],
    ['an instance that is a number', { resourceinstance: 7 }],
    ['extensions of each type', { a: 'x', b: 1, c: true, d: -2_147_483_648, e0: null }],
    ['binary data', { data_base64: 'aGVp' }],
    ['data that is null', { data: null }],
    ['no data beside binary data', { data: null, data_base64: '' }],
    ['a source that is relative', { source: '../x?y#z' }],
    ['a time without a fraction', { time: '2026-01-02T03:04:05Z' }],
    ['a schema and a content type', { dataschema: 'urn:x:y', datacontenttype: 'text/plain', data: 'hei' }],
  ])('may have %s', async (_, more) => {
    expect(await under.publish(event(more))).toMatchObject({ status: 200, text: '' });
  });

  test('may be 256 kB, and not one byte more', async () => {
    const padded = (bytes: number) => {
      const bare = JSON.stringify(event({ data: '' }));
      return bare.replace('"data":""', `"data":"${'x'.repeat(bytes - bare.length)}"`);
    };
    expect((await under.post(padded(256 * 1024))).status).toBe(200);
    expect((await under.post(padded(256 * 1024 + 1))).status).toBe(413);
  });
});

describe('an event that is published again', () => {
  test('is accepted, and nothing is appended', async () => {
    const given = event({ data: 1 });
    await under.publish(given);
    const again = await under.publish({ ...given, data: 2 });
    expect(again).toMatchObject({ status: 200, text: '' });
    expect(again.headers.has('server-timing')).toBe(false);
    expect(await under.rows(given['id'])).toHaveLength(1);
  });

  test('is another event when its source is another one', async () => {
    const given = event();
    await under.publish(given);
    await under.publish({ ...given, source: 'https://svc.example.no/cases/2' });
    expect(await under.rows(given['id'])).toHaveLength(2);
  });

  test('is appended once, however many publish it at the same moment', async () => {
    const given = event();
    const answers = await Promise.all(Array.from({ length: 20 }, () => under.publish(given)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(await under.rows(given['id'])).toHaveLength(1);
  });

  test('carries a position in the partition of the event, also when the log is cut in between', async () => {
    const { database } = under.platform.db;
    const key = `SELECT partition_of(k.position) AS partition FROM published_key k
                  ORDER BY k.position DESC LIMIT 1`;
    const gate = 'LOCK TABLE published_key IN SHARE MODE';
    const publishing = await database.transaction(async (transaction) => {
      await transaction.query({ name: 'test.gate', text: gate });
      const waiting = under.publish(event({ type: 'no.example.cut' }));
      await until('the publisher waits at its key', async () => {
        const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
        return (await database.query({ name: 'test.waits', text: waits })).length > 0;
      });
      await transaction.query({ name: 'test.cut', text: 'SELECT cut_log(0)' });
      return { waiting };
    });
    expect((await publishing.waiting).status).toBe(200);
    expect(await database.query({ name: 'test.key', text: key })).toEqual([{ partition: 1 }]);
  });
});
