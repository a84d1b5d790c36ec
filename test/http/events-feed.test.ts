import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMPANY, SERVICE } from '../support/platform.ts';
import { draft, publish } from '../support/log.ts';
import { type Answer, EVENTS, type EventsEdge, openEventsEdge } from './events-edge.ts';

let edge: EventsEdge;
beforeAll(async () => {
  edge = await openEventsEdge();
  for (const n of [1, 2, 3]) await append(`${n}`);
});
afterAll(() => edge[Symbol.asyncDispose]());

/** Appends an event about the company whose id, type and bytes a test chooses. */
async function append(
  id: string,
  more: { type?: string; subject?: string; alternativesubject?: string } = {},
) {
  const { type = 'dialogporten.dialog.updated.v1', subject = COMPANY, alternativesubject } = more;
  const bytes = JSON.stringify({ specversion: '1.0', id, type, subject, alternativesubject });
  await publish(edge.platform.db.database, draft({ id, type, subject, bytes }));
}

function poll(query: Record<string, string> | string, headers?: Record<string, string>): Promise<Answer> {
  return edge.get(edge.tokens.manager, `${EVENTS}?${new URLSearchParams(query).toString()}`, headers);
}

const idsOf = (answer: Answer): string[] => (answer.body as { id: string }[]).map(({ id }) => id);
const ALL = { after: '0', resource: SERVICE };

describe('what a request must be', () => {
  test.each([
    ['no token', undefined, 401, 'token-missing'],
    ['a token that is none', 'rubbish', 401, 'token-refused'],
  ])('%s is refused', async (_, token, status, code) => {
    const headers = token ? { authorization: `Bearer ${token}` } : undefined;
    const answer = await fetch(`${edge.platform.base}${EVENTS}`, headers && { headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(await answer.json()).toMatchObject({ status, code });
  });

  test('a token without the scope is refused before any parameter is looked at', async () => {
    const answer = await edge.get(edge.tokens.unscoped, EVENTS);
    expect(answer).toMatchObject({ status: 403, body: { code: 'scope-missing' } });
  });

  test.each([
    ['', 'The resource field is required.'],
    ['after=0', 'The resource field is required.'],
    ['resource=', 'The resource field is required.'],
    ['resource=urn:other:thing', "The 'resource' parameter must begin with `urn:altinn:resource:`"],
    [`resource=${SERVICE}`, "The 'after' parameter must be defined."],
    [`resource=${SERVICE}&after=`, "The 'after' parameter must be defined."],
    [`resource=${SERVICE}&after=0&size=many`, "The 'size' parameter must be a whole number."],
  ])('?%s: %s', async (query, detail) => {
    const answer = await poll(query);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toMatchObject({ status: 400, detail, code: 'request-invalid' });
    expect(answer.body.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(Object.values(answer.body.errors)).toEqual([[detail]]);
  });

  test('no parameter carries U+0000, which PostgreSQL does not take', async () => {
    for (const query of ['after=%00', 'after=0&Subject=a%00', 'after=0&type=%00']) {
      expect((await poll(`resource=${SERVICE}&${query}`)).status).toBe(400);
    }
  });

  test('a subject and an alternative subject exclude each other', async () => {
    const header = { 'Altinn-AlternativeSubject': '/organisation/310923044' };
    const answer = await poll({ ...ALL, subject: COMPANY }, header);
    expect(answer.body).toMatchObject({
      status: 400,
      detail: "Only one of 'subject' or 'alternativeSubject' can be defined.",
    });
  });
});

describe('what an answer is', () => {
  test('an array of events in the order of the log, as CloudEvents, with a link onward', async () => {
    const answer = await poll({ ...ALL, size: '2' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/cloudevents+json; charset=utf-8');
    expect(idsOf(answer)).toEqual(['1', '2']);
    const next = new URL(answer.headers.get('next') ?? '');
    expect(next.href).toMatch(new RegExp(`^${edge.platform.base}${EVENTS}\\?after=b1\\.`));
    expect(next.searchParams.get('size')).toBe('2');
    expect(idsOf(await poll(next.search))[0]).toBe('3');
  });

  test('empty, with a link onward, when nothing is there: the link then finds what comes', async () => {
    const first = await poll({ ...ALL, subject: 'urn:altinn:organization:identifier-no:313211452' });
    expect(first).toMatchObject({ status: 200, text: '[]' });
    const next = new URL(first.headers.get('next') ?? '');
    expect((await poll(next.search)).text).toBe('[]');
  });

  test('names of parameters count in any case, empty ones not at all, and of a repeated one the first', async () => {
    const answer = await poll(
      `AFTER=0&Resource=${SERVICE}&SIZE=1&size=3&Subject=&type=&resource=urn:other:thing&unknown=x`,
    );
    expect(idsOf(answer)).toEqual(['1']);
    const next = new URL(answer.headers.get('next') ?? '');
    expect([...next.searchParams.keys()]).toEqual([
      ...['after', 'Resource', 'SIZE', 'size', 'Subject', 'type', 'resource', 'unknown'],
    ]);
  });

  test.each([
    ['0', 50],
    ['-1', 50],
    ['', 50],
    ['1', 1],
    ['1001', 1000],
  ])('a size of "%s" gives at most %i', async (size, most) => {
    const many = Array.from({ length: 1010 }, (_, n) =>
      draft({ id: `m${n}`, subject: COMPANY, type: 'many', bytes: '{"id":"m"}' }),
    );
    const existing = await poll({ ...ALL, type: 'many', size: '1' });
    if (existing.body.length === 0) await publish(edge.platform.db.database, ...many);
    expect(idsOf(await poll({ ...ALL, type: 'many', size })).length).toBe(most);
  });

  test('types are exact or patterns, case counts, and several are either', async () => {
    await append('t1', { type: 'no.example.One' });
    await append('t2', { type: 'no.example.Two' });
    const find = async (...types: string[]) =>
      idsOf(
        await poll(
          `after=0&resource=${SERVICE}&${types.map((type) => `type=${encodeURIComponent(type)}`).join('&')}`,
        ),
      );
    expect(await find('no.example.One')).toEqual(['t1']);
    expect(await find('no.example.one')).toEqual([]);
    expect(await find('no.example.%')).toEqual(['t1', 't2']);
    expect(await find('no.example._wo')).toEqual(['t2']);
    expect(await find('no.example.One', 'no.example.Two')).toEqual(['t1', 't2']);
    expect(await find('no.example.\\')).toEqual([]);
  });

  test('an alternative subject narrows, and goes on narrowing when the link is followed without the header', async () => {
    await append('a1', { type: 'alt', alternativesubject: '/organisation/310923044' });
    await append('a2', { type: 'alt', alternativesubject: '/organisation/1' });
    await append('a3', { type: 'alt', alternativesubject: '/organisation/310923044' });
    const header = { 'Altinn-AlternativeSubject': '/organisation/310923044' };
    const first = await poll({ ...ALL, type: 'alt', size: '1' }, header);
    expect(idsOf(first)).toEqual(['a1']);
    const next = new URL(first.headers.get('next') ?? '');
    expect(idsOf(await poll(next.search))).toEqual(['a3']);
    expect(idsOf(await poll(next.search, header))).toEqual(['a3']);
  });

  test('the page after an event is asked for by its id, within the resource', async () => {
    expect(idsOf(await poll({ ...ALL, after: '1', size: '1' }))).toEqual(['2']);
  });

  test('an id that nobody knows is answered with links to the oldest event and to what comes', async () => {
    const answer = await poll({ ...ALL, after: 'nobody', size: '7' });
    expect(answer).toMatchObject({ status: 410, body: { code: 'cursor-expired' } });
    const { earliest, now } = answer.body.links as Record<string, string>;
    expect(idsOf(await poll(new URL(earliest ?? '').search))[0]).toBe('1');
    expect((await poll(new URL(now ?? '').search)).text).toBe('[]');
  });

  test('a cursor that was tampered with is answered as such', async () => {
    const cursor = new URL((await poll(ALL)).headers.get('next') ?? '').searchParams.get('after') ?? '';
    const forged = cursor.replace(/\.(\d+)\./, '.1$1.');
    expect(await poll({ ...ALL, after: forged })).toMatchObject({
      status: 400,
      body: { code: 'cursor-unreadable' },
    });
  });

  test('other methods find nothing', async () => {
    for (const method of ['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await edge.platform.call(edge.tokens.manager, `${EVENTS}?after=0`, { method });
      expect(answer.status).toBe(404);
    }
  });
});
