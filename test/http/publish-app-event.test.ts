import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { content, resourceDocument, writeFolder } from '../access/registry/content.ts';
import { forge, newKey, secondsFromNow } from '../access/tokens/forge.ts';
import { type Event, openPublishers, type PostAnswer, type Publishers } from '../publishing/client.ts';
import { policy } from '../support/policies.ts';

const path = '/events/api/v1/app';
const type = 'application/json';

let under: Publishers;
let folder: Awaited<ReturnType<typeof writeFolder>>;
let app: string;

beforeAll(async () => {
  const given = content();
  given.resources['app_ttd_skjema'] = {
    document: resourceDocument('app_ttd_skjema', { resourceType: 'AltinnApp' }),
    policy: policy('app_ttd_skjema')
      .permit({ roles: ['DAGL'], actions: ['read'] })
      .xml(),
  };
  folder = await writeFolder(given);
  under = await openPublishers({ REGISTRY_DIR: folder.directory });
  app = await under.platform.token('GetPlatformAccessToken', { app: 'ttd/skjema' });
});
afterAll(async () => {
  await under[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const INSTANCE =
  'https://ttd.apps.altinn.no/ttd/skjema/instances/50012345/0194fe82-9280-77a5-a7cd-5ff0e6a6fa07';

function request(more: Event = {}): Event {
  return {
    source: INSTANCE,
    specversion: '1.0',
    type: 'app.instance.created',
    subject: '/party/50012345',
    ...more,
  };
}

function post(body: Event | string, token = app): Promise<PostAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return under.post(text, { path, type, headers: { PlatformAccessToken: token } });
}

async function stored(answer: PostAnswer) {
  const [row] = await under.rows(JSON.parse(answer.text));
  return { row, event: JSON.parse(row?.bytes ?? 'null') as Event };
}

describe('an app', () => {
  test('is answered with 201, the subject as Location and the new id as a JSON string', async () => {
    const answer = await post(request({ id: 'its own', time: '2020-01-01T00:00:00Z' }));
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/party/50012345');
    const { row, event } = await stored(answer);
    expect(row).toMatchObject({ owner: '991825827', subject: '/party/50012345', audience: 'all' });
    expect(event).toEqual({
      specversion: '1.0',
      id: JSON.parse(answer.text),
      time: expect.stringMatching(/^20(2[6-9]|[3-9]\d)-.*Z$/),
      resource: 'urn:altinn:resource:app_ttd_skjema',
      resourceinstance: '50012345/0194fe82-9280-77a5-a7cd-5ff0e6a6fa07',
      source: INSTANCE,
      type: 'app.instance.created',
      subject: '/party/50012345',
    });
  });

  test('keeps data as it was written, the alternative subject, the schema and the content type', async () => {
    const data = '{"n": 12345678901234567890.10, "list":[ 1,2 ]}';
    const body = `{"Source":"${INSTANCE}","SPECVERSION":"1.0","type":"t","subject":"/party/1","Data":${data},
      "alternativeSubject":"/org/310923044","dataSchema":"https://example.no/s","contentType":"application/json"}`;
    const { row, event } = await stored(await post(body));
    expect(row?.bytes).toContain(`"data":${data}`);
    expect(event).toMatchObject({
      alternativesubject: '/org/310923044',
      dataschema: 'https://example.no/s',
      datacontenttype: 'application/json',
    });
  });

  test('may tell of itself without an instance', async () => {
    const source = 'https://ttd.apps.altinn.no/ttd/skjema';
    const { event } = await stored(await post(request({ source })));
    expect(event['resource']).toBe('urn:altinn:resource:app_ttd_skjema');
    expect(event).not.toHaveProperty('resourceinstance');
  });

  test.each([
    'https://ttd.apps.altinn.no/ttd/skjema-two/instances/1/2',
    'https://ttd.apps.altinn.no/ttd/skjem',
    'https://ttd.apps.altinn.no/ttd2/skjema',
    'https://ttd.apps.altinn.no/x/ttd/skjema',
    'https://ttd.apps.altinn.no/ttd/skjema/../other/instances/1/2',
    'https://ttd.apps.altinn.no/ttd/skjema/%2e%2e/other',
    'https://ttd.apps.altinn.no//ttd/skjema',
  ])('does not speak for the source %s', async (source) => {
    const answer = await post(request({ source }));
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.text)).toBe(`ttd/skjema is not authorized to create events for ${source}`);
  });

  test.each(['source', 'specversion', 'type', 'subject'])('is told that %s is missing', async (name) => {
    for (const absent of [undefined, null, '', 7]) {
      expect(await post(request({ [name]: absent }))).toMatchObject({
        status: 400,
        detail: 'Missing parameter values: source, subject and type cannot be null',
      });
    }
  });

  test.each([
    ['a relative source', request({ source: '/ttd/skjema' })],
    ['a type that is reserved', request({ type: 'budstikka.x' })],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['a member twice', '{"type":"a","type":"b"}'],
  ])('is refused with 400 for %s', async (_, body) => {
    expect((await post(body)).status).toBe(400);
  });

  test('does not speak for Dialogporten', async () => {
    expect((await post(request({ type: 'dialogporten.dialog.updated.v1' }))).status).toBe(403);
  });

  test('is refused when its resource is not registered', async () => {
    const other = await under.platform.token('GetPlatformAccessToken', { app: 'ttd/unknown' });
    const source = 'https://ttd.apps.altinn.no/ttd/unknown';
    expect((await post(request({ source }), other)).status).toBe(403);
  });

  test('needs both tokens, and JSON', async () => {
    const url = `${under.platform.base}${path}`;
    const alone = { method: 'POST', headers: { PlatformAccessToken: app, 'content-type': type }, body: '{}' };
    expect((await fetch(url, alone)).status).toBe(401);
    expect((await under.post('{}', { path, type })).status).toBe(403);
    expect((await post(request(), 'no.such.token')).status).toBe(403);
    const headers = { PlatformAccessToken: app };
    const text = JSON.stringify(request());
    expect((await under.post(text, { path, type: 'text/plain', headers })).status).toBe(415);
    expect((await under.post(text, { path, type: 'application/cloudevents+json', headers })).status).toBe(
      201,
    );
  });
});

test('an owner whose keys are configured is believed for what these have signed, and for nothing else', async () => {
  const key = await newKey();
  const keys = createServer((_, response) => response.end(JSON.stringify({ keys: [key.publicJwk] })));
  await once(keys.listen(0, '127.0.0.1'), 'listening');
  const jwks = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/jwks`;
  const PLATFORM_ISSUERS = JSON.stringify([{ issuer: 'ttd', jwks }]);
  await using own = await openPublishers({ REGISTRY_DIR: folder.directory, PLATFORM_ISSUERS });
  const payload = { iss: 'ttd', 'urn:altinn:app': 'skjema', exp: secondsFromNow(60) };
  const token = forge(JSON.stringify({ alg: 'ES256', kid: key.kid }), JSON.stringify(payload), key.key);
  const send = (PlatformAccessToken: string) =>
    own.post(JSON.stringify(request()), { path, type, headers: { PlatformAccessToken } });
  expect((await send(token)).status).toBe(201);
  const unsigned = await own.platform.token('GetPlatformAccessToken', { app: 'ttd/skjema' });
  expect((await send(unsigned)).status).toBe(403);
  keys.closeAllConnections();
  keys.close();
  await once(keys, 'close');
});
