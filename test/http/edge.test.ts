import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { showProblems } from '../../src/http/app.ts';
import { bareString, eventsProblem } from '../../src/http/problem.ts';
import { Failure } from '../../src/lib/errors.ts';
import { openLog } from '../../src/lib/log.ts';
import { type AppUnderTest, create, dialogBody, openApp } from '../support/dialog-client.ts';

interface Problem {
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly traceId: string;
  readonly instance: string;
  readonly detail?: string;
  readonly errors?: Record<string, string[]>;
}

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const DIALOGS = '/serviceowner/dialogs';

describe('a body', () => {
  test.each([
    ['that is no JSON', { raw: '{"party":' }, 400, 'request-invalid'],
    ['that is no UTF-8', { raw: Buffer.from([0x22, 0xff, 0x22]) }, 400, 'request-invalid'],
    ['that is missing', {}, 400, 'request-invalid'],
    ['that is empty', { raw: '' }, 400, 'request-invalid'],
    ['of another type', { raw: '<x/>', headers: { 'content-type': 'application/xml' } }, 415, 'media-type'],
    [
      'of a JSON Patch where none is read',
      { raw: '[]', headers: { 'content-type': 'application/json-patch+json' } },
      415,
      'media-type',
    ],
    ['beyond the limit', { raw: JSON.stringify({ party: 'x'.repeat(1_000_001) }) }, 413, 'body-too-large'],
    [
      'with a list of hundreds of thousands',
      { body: dialogBody({ searchTags: Array(200_000).fill(1) }) },
      400,
      'request-invalid',
    ],
    [
      'that PostgreSQL could not keep',
      { body: dialogBody({ externalReference: 'a\u0000b' }) },
      400,
      'request-invalid',
    ],
    [
      'with half a character',
      { raw: JSON.stringify(dialogBody()).replace('Skatt', String.raw`\ud800`) },
      400,
      'request-invalid',
    ],
    [
      'with a year that no calendar has',
      { body: dialogBody({ dueAt: '0000-01-01T00:00:00Z' }) },
      400,
      'request-invalid',
    ],
  ])('%s is refused', async (_, asked, status, code) => {
    const answer = await app.send<Problem>('POST', DIALOGS, asked);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test('may be empty and of any type where none is read', async () => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain']) {
      const id = await create(app);
      const headers = { 'content-type': type };
      const removed = await app.send('DELETE', `${DIALOGS}/${id}`, { headers, raw: '' });
      expect(removed.status).toBe(204);
      const restored = await app.send('POST', `${DIALOGS}/${id}/actions/restore`, { headers, raw: '' });
      expect(restored.status).toBe(204);
    }
  });

  test('is read whatever the letter case of its names, and with a byte order mark', async () => {
    const { serviceResource, party, content } = dialogBody();
    const raw = `\uFEFF${JSON.stringify({ SERVICERESOURCE: serviceResource, Party: party, Content: content })}`;
    expect((await app.send('POST', DIALOGS, { raw })).status).toBe(201);
  });

  test('named by many faults names no more than a hundred of them', async () => {
    const activities = Array.from({ length: 300 }, () => ({ type: 'Nothing' }));
    const { body } = await app.send<Problem>('POST', DIALOGS, { body: dialogBody({ activities }) });
    expect(Object.keys(body.errors ?? {})).toHaveLength(100);
  });
});

describe('a failure', () => {
  test('is told as problem details with a code and a trace id', async () => {
    const { status, headers, body } = await app.send<Problem>(
      'GET',
      `${DIALOGS}/01a20969-25e6-701d-a871-c088d15c788c?endUserId=secret`,
    );
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body).toEqual({
      type: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.5',
      title: 'There is nothing here that the caller may see.',
      status: 404,
      instance: '/dialogporten/api/v1/serviceowner/dialogs/01a20969-25e6-701d-a871-c088d15c788c',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      code: 'not-found',
    });
  });

  test('stands in the trace of the caller', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { body } = await app.send<Problem>('GET', '/nothing/here', { headers: { traceparent } });
    expect(body.traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    const malformed = await app.send<Problem>('GET', '/nothing', { headers: { traceparent: '00-0-0-0' } });
    expect(malformed.body.traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  test('without a token says which kind is wanted', async () => {
    const { status, headers, body } = await app.send<Problem>('GET', DIALOGS, {
      headers: { authorization: '' },
    });
    expect([status, body.code, headers.get('www-authenticate')]).toEqual([401, 'token-missing', 'Bearer']);
    const refused = await app.send<Problem>('GET', DIALOGS, { headers: { authorization: 'Bearer forged' } });
    expect([refused.status, refused.body.code]).toEqual([401, 'token-refused']);
  });

  test('for want of a scope names the scopes, on either side', async () => {
    const wrong = await app.send<Problem>('GET', DIALOGS, { as: 'reader' });
    expect([wrong.status, wrong.body.code]).toEqual([403, 'scope-missing']);
    const id = await create(app);
    const reverse = await app.send<Problem>('GET', `/enduser/dialogs/${id}`, { as: 'owner' });
    expect(reverse.body.detail).toContain('digdir:dialogporten');
  });

  test('of an id that is none is the caller’s', async () => {
    for (const id of ['1', 'urn:uuid:01a20969-25e6-701d-a871-c088d15c788c']) {
      const { status, body } = await app.send<Problem>('GET', `${DIALOGS}/${id}`);
      expect([status, Object.keys(body.errors ?? {})]).toEqual([400, ['dialogId']]);
    }
  });

  test('that nobody expected tells nothing but a trace id, and is logged with it', async () => {
    const lines: string[] = [];
    await using other = await openApp({
      log: openLog({ level: 'error', destination: { write: (line) => lines.push(line) } }),
    });
    other.register.party = () => {
      throw new Error('secret');
    };
    other.dialogs.registry.resource = () => {
      throw new Error('the password is 1234');
    };
    const { status, body } = await other.send<Problem>('POST', `${DIALOGS}?x=12345678901`, {
      body: dialogBody(),
    });
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('1234');
    expect(JSON.stringify(body)).not.toContain('.ts');
    const line = JSON.parse(lines.at(-1) ?? '{}');
    expect(line).toMatchObject({ traceId: body.traceId, err: { message: 'the password is 1234' } });
    expect(lines.join('')).not.toContain('12345678901');
  });
});

describe('a path', () => {
  test('may have doubled and trailing slashes, and any letter case', async () => {
    const id = await create(app);
    for (const path of [
      `${DIALOGS}/${id}/`,
      `//serviceowner///dialogs/${id}`,
      `/ServiceOwner/Dialogs/${id}`,
    ]) {
      expect((await app.send('GET', path)).status).toBe(200);
    }
    const upper = await app.send<{ id: string }>('GET', `${DIALOGS}/${id.toUpperCase()}`);
    expect(upper.body.id).toBe(id);
  });
});

test('a HEAD is not served, so that it cannot be noted as a reading', async () => {
  const id = await create(app);
  expect((await app.send('HEAD', `/enduser/dialogs/${id}`)).status).toBe(404);
});

describe('a group of routes', () => {
  test('chooses how its failures are shown', async () => {
    await using other = await openApp({
      routes: (root) => {
        for (const [prefix, renderer] of [
          ['/events', eventsProblem],
          ['/old', bareString],
        ] as const) {
          root.register(
            async (scope) => {
              showProblems(scope, openLog({ level: 'silent' }), renderer);
              scope.get('/fail', async () => {
                throw new Failure('request-invalid', { detail: 'Nei.', fields: { a: ['b'] } });
              });
            },
            { prefix },
          );
        }
      },
    });
    const read = async (path: string) => (await fetch(other.origin + path)).json();
    expect(await read('/events/fail')).toEqual({
      type: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.1',
      title: 'The request does not follow the contract; every fault is listed.',
      status: 400,
      detail: 'Nei.',
      traceId: expect.any(String),
      code: 'request-invalid',
      errors: { a: ['b'] },
    });
    expect(await read('/old/fail')).toBe('Nei.');
  });
});

describe('/openapi.json', () => {
  test('describes every route that is served', async () => {
    const { body } = await app.send<{ openapi: string; paths: Record<string, object> }>(
      'GET',
      '/openapi.json',
    );
    expect(body.openapi).toBe('3.1.0');
    const operations = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        (method) => `${method.toUpperCase()} ${path.replace('/dialogporten/api/v1', '')}`,
      ),
    );
    expect(operations.length).toBeGreaterThan(25);
    expect(operations).toContain('PATCH /serviceowner/dialogs/{dialogId}');
    expect(operations).toContain('GET /enduser/dialogs/{dialogId}/transmissions/{transmissionId}');
    expect(body.paths).not.toHaveProperty('/openapi.json');
  });
});

test('what is under way is answered before the app has closed', async () => {
  const other = await openApp();
  const answers = Array.from({ length: 5 }, () => other.send('POST', DIALOGS, { body: dialogBody() }));
  await Promise.race(answers);
  await other[Symbol.asyncDispose]();
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(5).fill(201));
});

test('the limits of a search are open to everybody', async () => {
  const { status, body } = await app.send('GET', '/metadata/limits', { headers: { authorization: '' } });
  expect(status).toBe(200);
  expect(body).toEqual({
    endUserSearch: {
      maxPartyFilterValues: 100,
      maxServiceResourceFilterValues: 20,
      maxOrgFilterValues: 20,
      maxExtendedStatusFilterValues: 20,
    },
    serviceOwnerSearch: {
      maxPartyFilterValues: 20,
      maxServiceResourceFilterValues: 20,
      maxExtendedStatusFilterValues: 20,
    },
  });
});
