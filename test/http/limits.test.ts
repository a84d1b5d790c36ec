import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Identity } from '../../src/access/ports.ts';
import { CallerLimit } from '../../src/http/limits.ts';
import { Failure } from '../../src/lib/errors.ts';
import { organization, person, PERSONS, serviceOwner } from '../support/identities.ts';
import { COMPANY, MANAGER, SERVICE, startTestPlatform, type TestPlatform, TTD } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { StreamClient } from '../support/sse.ts';

describe('so much a second', () => {
  let now = 0;
  const limitOf = (perSecond: number) => new CallerLimit(perSecond, () => now);

  /** How many of so many are let through at once, and what the next is told. */
  function takeAll(limit: CallerLimit, identity: Identity, times: number) {
    for (let taken = 0; taken < times; taken++) {
      try {
        limit.take(identity);
      } catch (thrown) {
        if (!(thrown instanceof Failure)) throw thrown;
        return { taken, code: thrown.code, retryAfter: thrown.options.retryAfter };
      }
    }
    return { taken: times };
  }

  test('is let through at once, and the rest is told when to come back', () => {
    const limit = limitOf(10);
    expect(takeAll(limit, person().identity(), 50)).toEqual({
      ...{ taken: 10, code: 'too-many-requests', retryAfter: 0.1 },
    });
    now += 1000;
    expect(takeAll(limit, person().identity(), 50).taken).toBe(10);
    now += 500;
    expect(takeAll(limit, person().identity(), 50).taken).toBe(5);
  });

  test('is saved up for one second and no longer', () => {
    const limit = limitOf(10);
    takeAll(limit, person().identity(), 1);
    now += 3_600_000;
    expect(takeAll(limit, person().identity(), 50).taken).toBe(10);
  });

  test('is counted for whoever calls, not for the token: level and scopes make no difference', () => {
    const limit = limitOf(10);
    takeAll(limit, person(PERSONS[0], 3).identity('a'), 10);
    expect(takeAll(limit, person(PERSONS[0], 4).identity('b', 'c'), 1).taken).toBe(0);
  });

  test('leaves others alone: another person, an organisation, a service owner, one whom no register knows', () => {
    const limit = limitOf(10);
    takeAll(limit, person().identity(), 50);
    const others = [person(PERSONS[1]).identity(), organization().identity(), serviceOwner().identity()];
    const unknown: Identity = { pid: PERSONS[0], scopes: [], level: 3 };
    for (const other of [...others, unknown]) expect(takeAll(limit, other, 50).taken).toBe(10);
  });

  test('of many at once is owed when there are more than a second has', () => {
    const limit = limitOf(10);
    limit.take(person().identity(), 25);
    expect(takeAll(limit, person().identity(), 1)).toMatchObject({ taken: 0, retryAfter: 1.6 });
    now += 1600;
    expect(takeAll(limit, person().identity(), 5).taken).toBe(1);
  });

  test('is without end when it is 0', () => {
    expect(takeAll(limitOf(0), person().identity(), 10_000)).toEqual({ taken: 10_000 });
  });

  test('remembers ten thousand callers and forgets those first who have been quiet for longest', () => {
    const limit = limitOf(1);
    const caller = (n: number): Identity => ({ userId: n, scopes: [], level: 3 });
    for (let n = 0; n < 10_000; n++) limit.take(caller(n));
    expect(takeAll(limit, caller(0), 1).taken).toBe(0);
    limit.take(caller(10_000));
    expect(takeAll(limit, caller(0), 1).taken).toBe(0);
    expect(takeAll(limit, caller(1), 1).taken).toBe(1);
  });
});

const BRANCH = 'urn:altinn:organization:identifier-no:313211452';

describe('one caller at its limit, through the whole system', () => {
  let platform: TestPlatform;
  let receiver: Receiver;
  beforeAll(async () => {
    platform = await startTestPlatform({
      ...{ LIMIT_REQUESTS_PER_S: '40', LIMIT_PUBLISHED_PER_S: '3' },
      ...{ LIMIT_STREAMS: '2', LIMIT_SUBSCRIPTIONS: '2' },
    });
    receiver = await Receiver.open();
  });
  afterAll(async () => {
    await platform[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  const personal = (pid: string) =>
    platform.token('GetPersonalToken', { pid, scopes: 'digdir:dialogporten altinn:events.subscribe' });
  const LIMITS = '/events/api/v1/subscriptions';

  /** Asks until it is refused; gives the refusal. */
  async function refusalOf(ask: () => Promise<Response>): Promise<Response> {
    for (let n = 0; n < 1000; n++) {
      const answer = await ask();
      if (answer.status === 429) return answer;
      await answer.arrayBuffer();
    }
    throw new Error('nothing was refused');
  }

  test('requests: 429 and when to come back, with any of its tokens, and nobody else notices', async () => {
    const [first, second] = [await personal(MANAGER), await personal(MANAGER)];
    const refused = await refusalOf(() => platform.call(first, LIMITS));
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const [again, other] = await Promise.all([
      refusalOf(() => platform.call(second, LIMITS)),
      platform.call(await personal('08815512058'), LIMITS),
    ]);
    expect([again.status, other.status]).toEqual([429, 200]);
    const feed = await refusalOf(() =>
      platform.call(first, `/events/api/v1/events?after=0&resource=${SERVICE}`),
    );
    expect(await feed.json()).toMatchObject({ code: 'too-many-requests' });
    await expect.poll(async () => (await platform.call(first, LIMITS)).status, { timeout: 5000 }).toBe(200);
  });

  test('bodies: 20 MB are read, and one byte more is not', async () => {
    const owner = await platform.token('GetEnterpriseToken', {
      ...TTD,
      scopes: 'digdir:dialogporten.serviceprovider',
    });
    const MOST = 20 * 2 ** 20;
    const post = async (bytes: number) => {
      const body = JSON.stringify({ party: 'x'.repeat(bytes - '{"party":""}'.length) });
      return platform.call(owner, '/dialogporten/api/v1/serviceowner/dialogs', { method: 'POST', body });
    };
    const [largest, larger] = [await post(MOST), await post(MOST + 1)];
    expect([largest.status, larger.status]).toEqual([400, 413]);
    expect(await largest.json()).toMatchObject({ errors: { party: [expect.any(String)] } });
    expect(await larger.json()).toMatchObject({ code: 'body-too-large' });
  });

  test('published events: the next ones are refused, and another publisher goes on', async () => {
    const scopes = 'altinn:events.publish';
    const owner = await platform.token('GetEnterpriseToken', { ...TTD, scopes });
    const other = await platform.token('GetEnterpriseToken', { org: 'skd', orgNo: '974761076', scopes });
    const publish = (token: string) =>
      platform.call(token, '/events/api/v1/events', {
        ...{ method: 'POST', headers: { 'content-type': 'application/cloudevents+json' } },
        body: JSON.stringify({
          ...{
            specversion: '1.0',
            id: crypto.randomUUID(),
            source: 'https://example.no/',
            type: 'no.example.x',
          },
          resource: SERVICE,
        }),
      });
    const refused = await refusalOf(() => publish(owner));
    expect(await refused.json()).toMatchObject({ code: 'too-many-requests' });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await publish(other)).status).not.toBe(429);
    await expect.poll(async () => (await publish(owner)).status, { timeout: 5000 }).not.toBe(429);
  });

  test('subscriptions: as many as may be, the same one again is no further one', async () => {
    const [manager, other] = [await personal(MANAGER), await personal('12855515545')];
    const subscribe = (token: string, path: string, subjectFilter = COMPANY) =>
      platform.call(token, '/events/api/v1/subscriptions', {
        method: 'POST',
        body: JSON.stringify({ endPoint: receiver.url(path), resourceFilter: SERVICE, subjectFilter }),
      });
    for (const path of ['/1', '/2', '/2']) expect((await subscribe(manager, path)).status).toBe(201);
    expect((await subscribe(manager, '/3')).status).toBe(429);
    expect((await subscribe(other, '/3', BRANCH)).status).toBe(201);
  });

  test('streams: as many as may be, and one that ends makes room', async () => {
    const owner = await platform.token('GetEnterpriseToken', {
      ...{ ...TTD, scopes: 'digdir:dialogporten.serviceprovider' },
    });
    const create = async (party: string): Promise<string> => {
      const content = { title: { value: [{ languageCode: 'nb', value: 'En søknad' }] } };
      const dialog = { serviceResource: SERVICE, party, status: 'InProgress', content };
      const init = { method: 'POST', body: JSON.stringify(dialog) };
      return (await platform.call(owner, '/dialogporten/api/v1/serviceowner/dialogs', init)).json() as never;
    };
    const open = async (token: string, id: string) => {
      const dialog = await platform.call(token, `/dialogporten/api/v1/enduser/dialogs/${id}`);
      const { dialogToken } = (await dialog.json()) as { dialogToken: string };
      const query = `subscription { dialogEvents(dialogId: "${id}") { id type } }`;
      return StreamClient.open(`${platform.base}/dialogporten/graphql`, { token: dialogToken, query });
    };
    const [manager, assistant] = [await personal(MANAGER), await personal('12855515545')];
    const [ofCompany, ofBranch] = [await create(COMPANY), await create(BRANCH)];
    await using first = await open(manager, ofCompany);
    const second = await open(manager, ofCompany);
    await expect(open(manager, ofCompany)).rejects.toThrow('429');
    await using other = await open(assistant, ofBranch);
    expect([first.ended, other.ended]).toEqual([false, false]);
    await second[Symbol.asyncDispose]();
    await expect
      .poll(
        () =>
          open(manager, ofCompany).then(
            (one) => one[Symbol.asyncDispose](),
            () => 'refused',
          ),
        { timeout: 5000 },
      )
      .toBeUndefined();
  });
});
