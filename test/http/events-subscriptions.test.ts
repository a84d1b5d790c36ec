import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMPANY, SERVICE } from '../support/platform.ts';
import { APP, ENDPOINT, type EventsEdge, openEventsEdge, SUBSCRIPTIONS, type Tokens } from './events-edge.ts';

let edge: EventsEdge;
beforeAll(async () => {
  edge = await openEventsEdge({ RETRY_SCHEDULE_S: '3600', LIMIT_SUBSCRIPTIONS: '40' });
});
afterAll(() => edge[Symbol.asyncDispose]());

type Body = Record<string, unknown>;
const generic = (more: Body = {}): Body => ({
  endPoint: ENDPOINT,
  resourceFilter: SERVICE,
  subjectFilter: COMPANY,
  ...more,
});
const ofApp = (more: Body = {}): Body => ({
  endPoint: ENDPOINT,
  resourceFilter: APP,
  subjectFilter: COMPANY,
  ...more,
});
const SOURCE = 'https://ttd.apps.altinn.no/ttd/apps-test';

const BAD_ENDPOINT = 'Missing or invalid endpoint to push events towards';
const BAD_SOURCE = 'SourceFilter must be an absolute URL with the https scheme.';
const BAD_URN = 'Resource filter must be a valid urn';
const NO_SUBJECT = 'A valid subject to the authenticated identity is required';
const SUBUNITS = 'IncludeSubunits requires a subject filter.';
const BAD_APP = 'A valid app id is required in source filter {environment}/{org}/{app}';
const INCOMPATIBLE = 'Provided resource filter and source filter are not compatible';
const NO_SOURCE = 'Source filter is not supported for subscriptions on this resource.';
const NO_ALTERNATIVE = 'AlternativeSubject filter is not supported for subscriptions on this resource.';

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[{}.*]/g, '\\$&')}$`);
}

describe('a request is refused', () => {
  test.each<[string, keyof Tokens, Body, string | RegExp]>([
    ['without an endpoint', 'manager', generic({ endPoint: undefined }), BAD_ENDPOINT],
    ['with an empty endpoint', 'manager', generic({ endPoint: '' }), BAD_ENDPOINT],
    [
      'with an endpoint that is no URL',
      'manager',
      generic({ endPoint: 'here' }),
      new RegExp(`^${BAD_ENDPOINT}: `),
    ],
    [
      'with an endpoint before everything else',
      'unscoped',
      { endPoint: 'here', sourceFilter: 'x' },
      new RegExp(BAD_ENDPOINT),
    ],
    ['with a source that is not https', 'unscoped', generic({ sourceFilter: 'http://h/a/b' }), BAD_SOURCE],
    ['with a source that is relative', 'unscoped', generic({ sourceFilter: '/ttd/app' }), BAD_SOURCE],
    ['with an empty source', 'unscoped', generic({ sourceFilter: '' }), BAD_SOURCE],
    ['with a resource that is no URN', 'manager', generic({ resourceFilter: 'service' }), BAD_URN],
    ['with a URN of empty parts', 'manager', generic({ resourceFilter: 'urn:foo::::' }), BAD_URN],
    ['without a resource', 'manager', generic({ resourceFilter: undefined }), 'Resource filter is required.'],
    ['with an empty resource', 'manager', generic({ resourceFilter: '' }), 'Resource filter is required.'],
    ['with a source for what is no app', 'manager', generic({ sourceFilter: 'https://h/a/b' }), NO_SOURCE],
    [
      'with an alternative subject for what is no app',
      'manager',
      generic({ alternativeSubjectFilter: '/org/310923044' }),
      NO_ALTERNATIVE,
    ],
    [
      'with sub-units and no subject',
      'owner',
      generic({ subjectFilter: undefined, includeSubunits: true }),
      SUBUNITS,
    ],
    ['for an app without a subject', 'manager', ofApp({ subjectFilter: undefined }), NO_SUBJECT],
    [
      'for an app without a subject, with sub-units',
      'manager',
      ofApp({ subjectFilter: undefined, includeSubunits: true }),
      NO_SUBJECT,
    ],
    [
      'for an app with sub-units and no subject',
      'owner',
      ofApp({ subjectFilter: undefined, includeSubunits: true }),
      SUBUNITS,
    ],
    [
      'for an app with an alternative nobody has',
      'manager',
      ofApp({ subjectFilter: undefined, alternativeSubjectFilter: '/org/999999999' }),
      NO_SUBJECT,
    ],
    [
      'for an app with an alternative of another form',
      'owner',
      ofApp({ subjectFilter: undefined, alternativeSubjectFilter: COMPANY }),
      NO_SUBJECT,
    ],
    ['for an app with a source of another depth', 'manager', ofApp({ sourceFilter: `${SOURCE}/` }), BAD_APP],
    [
      'for an app with a source of another app',
      'manager',
      ofApp({ sourceFilter: 'https://ttd.apps.altinn.no/ttd/other' }),
      INCOMPATIBLE,
    ],
    [
      'for any app of an owner',
      'owner',
      { endPoint: ENDPOINT, sourceFilter: 'https://ttd.apps.altinn.no/ttd/%25' },
      BAD_URN,
    ],
    ['with an empty subject', 'manager', generic({ subjectFilter: '' }), /^SubjectFilter is empty/],
    ['with an empty type', 'manager', generic({ typeFilter: ' ' }), /^TypeFilter is empty/],
    [
      'with a star within a type',
      'manager',
      generic({ typeFilter: 'dialogporten.*.v1' }),
      /^TypeFilter may have a \* at its end only/,
    ],
  ])('%s', async (_, who, body, message) => {
    const answer = await edge.subscribe(edge.tokens[who], body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.body).toMatch(typeof message === 'string' ? exactly(message) : message);
  });

  test.each<[string, unknown, string]>([
    ['an array', [], '$'],
    ['an endpoint that is no text', generic({ endPoint: 7 }), 'endPoint'],
    ['sub-units that are no truth value', generic({ includeSubunits: 'yes' }), 'includeSubunits'],
    ['a type that is too long', generic({ typeFilter: 'x'.repeat(1024) }), 'typeFilter'],
    ['a subject that PostgreSQL does not take', generic({ subjectFilter: 'a\0' }), 'subjectFilter'],
    ['a format that is none', generic({ format: 'xml' }), 'format'],
    ['a signature that is none', generic({ signing: 1 }), 'signing'],
    [
      'a format that Slack does not take',
      generic({ endPoint: `${ENDPOINT}/hooks.slack.com`, format: 'batch' }),
      'format',
    ],
  ])('with problem details when it is %s', async (_, body, field) => {
    const answer = await edge.subscribe(edge.tokens.manager, body);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toMatchObject({
      status: 400,
      code: 'request-invalid',
      errors: { [field]: [expect.any(String)] },
    });
  });

  test('with problem details when it is no JSON, and with 415 when it says so', async () => {
    const post = (body: string, type: string) =>
      edge.platform.call(edge.tokens.manager, SUBSCRIPTIONS, {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      });
    expect(await (await post('{', 'application/json')).json()).toMatchObject({
      errors: { $: ['must be JSON'] },
    });
    expect((await post('', 'application/json')).status).toBe(400);
    expect((await post('{}', 'text/plain')).status).toBe(415);
  });

  test('with 401 without a token, and with 403 without the scope unless it is for an app', async () => {
    const path = `${edge.platform.base}${SUBSCRIPTIONS}`;
    const bare = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(bare.status).toBe(401);
    const noUrn = generic({ resourceFilter: 'no urn' });
    expect(await edge.subscribe(edge.tokens.unscoped, noUrn)).toMatchObject({
      status: 403,
      body: { code: 'scope-missing' },
    });
    expect((await edge.subscribe(edge.tokens.unscoped, ofApp())).status).toBe(201);
  });

  test('with 403 and the resource when the policy says no', async () => {
    for (const who of ['stranger', 'accountant'] as const) {
      const answer = await edge.subscribe(edge.tokens[who], generic());
      expect(answer).toMatchObject({
        status: 403,
        body: `Not authorized to create a subscription for resource ${SERVICE}.`,
      });
    }
    expect((await edge.subscribe(edge.tokens.manager, generic({ subjectFilter: undefined }))).status).toBe(
      403,
    );
  });
});

describe('a subscription', () => {
  test('is made with 201, its place and everything that was asked for; what is absent is left out', async () => {
    const answer = await edge.subscribe(edge.tokens.manager, generic({ consumer: '/org/skd', unknown: 1 }));
    expect(answer.status).toBe(201);
    const { id, secret, created, consumer } = answer.body as Record<string, string>;
    expect(answer.headers.get('location')).toBe(`${SUBSCRIPTIONS}/${id}`);
    expect(secret).toMatch(/^whsec_/);
    expect(created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
    expect(consumer).toMatch(/^\/user\/\d+$/);
    const shown = {
      ...{
        id,
        endPoint: ENDPOINT,
        resourceFilter: SERVICE,
        subjectFilter: COMPANY,
        consumer,
        createdBy: consumer,
      },
      ...{ created, validated: false, includeSubunits: false, format: 'structured', signing: 'v1' },
      ...{ order: 'dialog', onExhausted: 'continue', state: 'active' },
    };
    expect(answer.body).toEqual({ ...shown, secret });
    // Where its deliveries stand is asked for one at a time.
    const delivery = expect.objectContaining({
      breaker: 'closed',
      parkedDialogs: 0,
      deadLetters: 0,
    }) as unknown;
    const read = await edge.get(edge.tokens.manager, `${SUBSCRIPTIONS}/${id}`);
    expect(read.body).toEqual({ ...shown, delivery });
  });

  test('is made whatever the case of the names, and its resource is kept in lower case', async () => {
    const body = {
      ENDPOINT,
      RESOURCEFILTER: SERVICE.toUpperCase().replace('URN', 'urn'),
      SubjectFilter: COMPANY,
      TYPEfilter: 'a.*',
    };
    const answer = await edge.subscribe(edge.tokens.manager, body);
    expect(answer.body).toMatchObject({ resourceFilter: SERVICE, typeFilter: 'a.*' });
  });

  test.each<[keyof Tokens, Body, RegExp]>([
    ['owner', generic({ subjectFilter: undefined }), /^\/org\/ttd$/],
    ['follower', generic({ subjectFilter: undefined }), /^\/org\/skd$/],
    ['manager', generic({ includeSubunits: true }), /^\/user\/\d+$/],
    ['system', generic(), /^\/systemuser\/0d9b6f3e-6c55-4b0a-9c6e-2f1d7a9be001$/],
    ['owner', ofApp({ subjectFilter: undefined }), /^\/org\/ttd$/],
    ['manager', { endPoint: ENDPOINT, sourceFilter: SOURCE, subjectFilter: COMPANY }, /^\/user\/\d+$/],
  ])('is made by the %s for what the policy permits, and belongs to them', async (who, body, consumer) => {
    const answer = await edge.subscribe(edge.tokens[who], body);
    expect(answer.status).toBe(201);
    expect(answer.body.consumer).toMatch(consumer);
    expect(answer.body.createdBy).toBe(answer.body.consumer);
    expect(answer.body.resourceFilter).toBe(body['resourceFilter'] ?? APP);
  });

  test.each(['/org/310923044', '/organisation/310923044', '/person/08844397713'])(
    'of an app takes %s for a subject and does not show it',
    async (alternative) => {
      const answer = await edge.subscribe(
        edge.tokens.manager,
        ofApp({ subjectFilter: '', alternativeSubjectFilter: alternative }),
      );
      expect(answer.status).toBe(201);
      expect(answer.body.subjectFilter).toMatch(/^\/party\/\d+$/);
      expect(answer.body.alternativeSubjectFilter).toBeUndefined();
    },
  );

  test('is one, however often and however simultaneously it is asked for, and shows its secret once', async () => {
    const body = generic({ typeFilter: 'twins' });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => edge.subscribe(edge.tokens.manager, body)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.body.secret !== undefined)).toHaveLength(1);
  });

  test('may be made and ended by several requests at once, over and over', async () => {
    const token = edge.tokens.manager;
    const statuses = new Set<number>();
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        Array.from({ length: 8 }, async (_, n) => {
          const made = await edge.subscribe(token, generic({ typeFilter: `busy-${n % 2}` }));
          statuses.add(made.status);
          if (n < 3) await edge.remove(token, made.body.id as number);
        }),
      );
    }
    expect([...statuses]).toEqual([201]);
  });

  test('is described with the members that are ours', async () => {
    const { paths } = (await (await fetch(`${edge.platform.base}/openapi.json`)).json()) as {
      paths: Record<string, { post: { requestBody: { content: Record<string, { schema: unknown }> } } }>;
    };
    const { content } = paths[SUBSCRIPTIONS]!.post.requestBody;
    expect(content['application/json']?.schema).toMatchObject({
      properties: {
        format: { enum: ['structured', 'cloudevents', 'binary', 'batch'], default: 'structured' },
        signing: { enum: ['v1', 'v1a'], default: 'v1' },
      },
    });
    expect(paths).toHaveProperty([`${SUBSCRIPTIONS}/{id}/rotate-secret`]);
  });

  test('is delivered in the manner that it was last asked for, and stays the same one', async () => {
    const asked = generic({ typeFilter: 'manner' });
    const shown = async (more: Body) =>
      (await edge.subscribe(edge.tokens.manager, { ...asked, ...more })).body;
    const first = await shown({});
    expect(first).toMatchObject({ format: 'structured', signing: 'v1' });
    expect(await shown({ FORMAT: 'Binary' })).toMatchObject({
      id: first.id,
      format: 'binary',
      signing: 'v1',
    });
    expect(await shown({ signing: 'v1a' })).toMatchObject({ id: first.id, format: 'binary', signing: 'v1a' });
    expect(await shown({ format: null })).toMatchObject({ id: first.id, format: 'binary', signing: 'v1a' });
  });

  test.each([
    { typeFilter: 'other' },
    { includeSubunits: true, typeFilter: 'one' },
    { endPoint: `${ENDPOINT}2`, typeFilter: 'one' },
  ])('is another one with %o', async (more) => {
    const one = await edge.subscribe(edge.tokens.manager, generic({ typeFilter: 'one' }));
    const two = await edge.subscribe(edge.tokens.manager, generic(more));
    expect(two.body.id).not.toBe(one.body.id);
  });

  test('is read and deleted by whoever made it; others learn with 403 that it is there, nobody learns of what is not', async () => {
    const { id } = (await edge.subscribe(edge.tokens.owner, generic({ typeFilter: 'mine' }))).body as {
      id: number;
    };
    const path = `${SUBSCRIPTIONS}/${id}`;
    expect((await edge.get(edge.tokens.manager, path)).status).toBe(403);
    expect((await edge.remove(edge.tokens.manager, id)).status).toBe(403);
    expect((await edge.get(edge.tokens.owner, path)).status).toBe(200);
    expect(await edge.remove(edge.tokens.owner, id)).toMatchObject({ status: 200, text: '' });
    for (const token of [edge.tokens.owner, edge.tokens.manager]) {
      expect((await edge.get(token, path)).status).toBe(404);
      expect((await edge.remove(token, id)).status).toBe(404);
    }
    const again = await edge.subscribe(edge.tokens.owner, generic({ typeFilter: 'mine' }));
    expect(again.body.id).not.toBe(id);
    expect(again.body.secret).toMatch(/^whsec_/);
  });

  test.each(['0', '-1', '2147483647', '2147483648', '99999999999', '1.5', 'x', '%00', '0x1'])(
    'with the id %s is not there',
    async (id) => {
      const answer = await edge.get(edge.tokens.owner, `${SUBSCRIPTIONS}/${id}`);
      expect(answer.status).toBe(404);
    },
  );

  test('stands in the list of its consumer, validated or not, and in no other', async () => {
    const made = (await edge.subscribe(edge.tokens.follower, generic({ typeFilter: 'listed' }))).body as {
      id: number;
    };
    const list = (await edge.get(edge.tokens.follower, SUBSCRIPTIONS)).body as {
      count: number;
      subscriptions: Body[];
    };
    expect(list.count).toBe(list.subscriptions.length);
    expect(list.subscriptions.find(({ id }) => id === made.id)).toMatchObject({
      typeFilter: 'listed',
      validated: false,
    });
    expect(
      list.subscriptions.every(({ consumer, secret }) => consumer === '/org/skd' && secret === undefined),
    ).toBe(true);
    expect((await edge.get(edge.tokens.accountant, SUBSCRIPTIONS)).body).toEqual({
      count: 0,
      subscriptions: [],
    });
  });

  test('beyond the limit of its consumer is refused, a twin of an earlier one is not', async () => {
    const make = (n: number) => edge.subscribe(edge.tokens.system, generic({ typeFilter: `type-${n}` }));
    for (let n = 1; n < 40; n++) expect((await make(n)).status).toBe(201);
    const refused = await make(40);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatch(/^One consumer may have 40 subscriptions/);
    expect((await make(1)).status).toBe(201);
    expect((await edge.get(edge.tokens.system, SUBSCRIPTIONS)).body.count).toBe(40);
  });
});
