import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMPANY, MANAGER, SERVICE, startTestPlatform, type TestPlatform, TTD } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const EVENTS = '/events/api/v1/events';
const SINGLE = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const PUBLISH = 'altinn:events.publish';

let platform: TestPlatform;
let owner: string;
let manager: string;

beforeAll(async () => {
  platform = await startTestPlatform();
  owner = await platform.token('GetEnterpriseToken', { ...TTD, scopes: PUBLISH });
  manager = await platform.token('GetPersonalToken', {
    pid: MANAGER,
    scopes: 'altinn:events.subscribe altinn:events.publish',
  });
});
afterAll(() => platform[Symbol.asyncDispose]());

type Event = Record<string, unknown>;

/** An event that is fine; whatever is given goes over it, and `undefined` takes a member away. */
function event(more: Event = {}): Event {
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: 'https://svc.example.no/cases/1',
    type: 'no.example.case.opened',
    resource: SERVICE,
    subject: COMPANY,
    ...more,
  };
}

interface Posted {
  readonly token?: string;
  readonly type?: string;
  readonly headers?: Record<string, string>;
}

async function post(body: string | Uint8Array, { token = owner, type = SINGLE, headers }: Posted = {}) {
  const init = { method: 'POST', body, headers: { 'content-type': type, ...headers } };
  const answer = await platform.call(token, EVENTS, init);
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text };
}

function publish(given: Event, posted?: Posted) {
  return post(JSON.stringify(given), posted);
}

/** What the answer says is wrong with the event. */
function faultsIn({ text }: { readonly text: string }): Record<string, string[]> {
  return (JSON.parse(text) as { errors: Record<string, string[]> }).errors;
}

/** All events of the feed about one resource, as text. */
async function feed(resource = SERVICE, token = manager): Promise<string> {
  const query = new URLSearchParams({ after: '0', resource, subject: COMPANY, size: '1000' });
  return (await platform.call(token, `${EVENTS}?${query}`)).text();
}

async function published(id: unknown): Promise<number> {
  const rows = await platform.db.database.query({
    name: 'test.published',
    text: 'SELECT FROM event WHERE id = $1',
  }, [id]);
  return rows.length;
}

describe('an event', () => {
  test('is answered with 200 and nothing, and comes out of the feed byte for byte', async () => {
    const text = `\n{ "id": "${randomUUID()}",\t"specversion":"1.0","source":"/s/1","type":"t.æ", "resource":"${SERVICE}",
      "subject":"${COMPANY}", "data":{"amount": 12345678901234567890.10, "b":[1 ,2]}, "extra": null } \n`;
    const answer = await post(text);
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(await feed()).toContain(text);
  });

  test('reaches a webhook with the same bytes, and the answer says when it was committed', async () => {
    await using receiver = await Receiver.open();
    const body = JSON.stringify({ endPoint: receiver.url('/out'), resourceFilter: SERVICE, subjectFilter: COMPANY });
    const made = await platform.call(manager, '/events/api/v1/subscriptions', { method: 'POST', body });
    expect(made.status).toBe(201);
    const text = JSON.stringify(event({ data: { n: 1 } }), null, 2);
    const answer = await post(text);
    expect(answer.headers.get('server-timing')).toMatch(/^commit;desc="\d+\.\d{3}"$/);
    const arrival = await until('it arrives', () => receiver.arrivals.find((one) => one.body === text));
    expect(arrival.headers['traceparent']).toMatch(/^00-/);
  });
});
