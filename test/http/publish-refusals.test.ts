import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BATCH, event, openPublishers, PUBLISH, type Publishers, SINGLE } from '../publishing/client.ts';
import { TTD } from '../support/platform.ts';

let under: Publishers;
beforeAll(async () => {
  under = await openPublishers();
});
afterAll(() => under[Symbol.asyncDispose]());

/** Posts an event that must be refused as invalid; gives its faults. */
async function faults(more: Record<string, unknown>): Promise<readonly string[]> {
  const answer = await under.publish(event(more));
  expect(answer.status).toBe(400);
  return answer.errors?.['RequestBody'] ?? [];
}

describe('an event is refused with every fault named', () => {
  test.each(['specversion', 'id', 'source', 'type'])('without %s', async (name) => {
    const words = `CloudEvent is missing required attributes: ${name} (Parameter 'data')`;
    for (const absent of [undefined, null, '']) expect(await faults({ [name]: absent })).toEqual([words]);
  });

  test('when several attributes are missing or wrong', async () => {
    expect(await faults({ id: undefined, type: undefined, time: 'now', Upper: 'x' })).toEqual([
      "CloudEvent is missing required attributes: id, type (Parameter 'data')",
      "The attribute 'time' must be an RFC 3339 timestamp.",
      "The attribute 'Upper' must have a name of lower-case letters and digits.",
    ]);
  });

  test.each([
    ['specversion', '0.3', 'must be 1.0'],
    ['id', 7, 'must be a string'],
    ['source', 'has space', 'must be a URI reference of at most 4096 bytes'],
    ['subject', '', 'must be 1 to 1024 bytes long'],
    ['dataschema', 'relative', 'must be an absolute URI'],
    ['time', '2026-02-30T00:00:00Z', 'must be an RFC 3339 timestamp'],
    ['time', '2026-01-02T03:04Z', 'must be an RFC 3339 timestamp'],
    ['time', '0000-01-01T00:00:00Z', 'must be an RFC 3339 timestamp'],
    ['extra', 1.5, 'must be a string, a 32-bit integer or a boolean'],
    ['extra', 2_147_483_648, 'must be a string, a 32-bit integer or a boolean'],
    ['extra', { a: 1 }, 'must be a string, a 32-bit integer or a boolean'],
    ['extra', 'a\u0000b', 'must not contain control characters'],
    ['subject', 'a\uD800', 'must not contain control characters'],
    ['data_base64', 'no!', 'must be base64'],
    ['dialogsequence', 1, 'is reserved'],
    ['dialogsequenceafter', 1, 'is reserved'],
    ['originalsubjectreplacedforauthorization', 'x', 'is reserved'],
    ['budstikkasomething', 'x', 'is reserved'],
  ])('with %s = %j', async (name, value, says) => {
    expect(await faults({ [name]: value })).toEqual([`The attribute '${name}' ${says}.`]);
  });

  test.each(['id', 'type', 'subject', 'resourceinstance', 'alternativesubject'])(
    'with %s of more than 1024 bytes, which no index would take',
    async (name) => {
      const answer = await under.publish(event({ [name]: `${'x'.repeat(1022)}é` }));
      expect(answer.status).toBe(200);
      const [fault] = await faults({ [name]: `${'x'.repeat(1023)}é` });
      expect(fault).toContain('1024 bytes');
    },
  );

  test('with both data and data_base64', async () => {
    expect(await faults({ data: 1, data_base64: 'aGVp' })).toEqual([
      "An event has either 'data' or 'data_base64'.",
    ]);
  });

  test('with a member that is named twice, at any depth', async () => {
    const text = JSON.stringify(event({ data: { a: 1 } }));
    for (const twice of [text.replace('{', '{"id":"x",'), text.replace('"a":1', '"a":1,"\\u0061":2')]) {
      expect((await under.post(twice)).errors).toEqual({ RequestBody: ['A member has been named twice.'] });
    }
  });

  test.each([
    ['no JSON', '{"id":', 'The body is not JSON.'],
    ['JSON behind a byte order mark', `\uFEFF${JSON.stringify(event())}`, 'The body is not JSON.'],
    ['a list', '[]', 'A CloudEvent is a JSON object.'],
    ['a word', '"x"', 'A CloudEvent is a JSON object.'],
    ['nothing', '', 'A body must be given.'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'The body is not UTF-8.'],
  ])('when the body is %s', async (_, body, says) => {
    const answer = await under.post(body);
    expect(answer.status).toBe(400);
    expect(answer.errors).toEqual({ RequestBody: [says] });
  });
});

describe('the resource', () => {
  test.each([
    [undefined, "A 'resource' property must be defined."],
    ['', "A 'resource' property must be defined."],
    [' urn:altinn:resource:x', "'Resource' must be a valid urn."],
    ['urn:foo::::', "'Resource' must be a valid urn."],
    ['urn:altinn:resource:Super', "'Resource' must be a valid urn."],
    ['urn:altinn:resource:a%20b', "'Resource' must be a valid urn."],
    ['https://example.no/x', "'Resource' must be a valid urn."],
    [7, "'Resource' must be a valid urn."],
  ])('%j is refused in the words of the contract', async (resource, detail) => {
    expect(await under.publish(event({ resource }))).toMatchObject({ status: 400, detail });
  });

  test.each(['urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66', 'urn:altinn:resource:nobody-has-this'])(
    '%s is well formed, but nobody has registered it',
    async (resource) => {
      for (const token of [under.owner, under.admin]) {
        expect(await under.publish(event({ resource }), { token })).toMatchObject({ status: 403 });
      }
    },
  );
});

describe('names that are reserved', () => {
  test.each(['platform.events.validatesubscription', 'budstikka.dialog.visible.v1', 'Platform.x'])(
    'nobody publishes the type %s',
    async (type) => {
      for (const token of [under.owner, under.admin]) {
        const answer = await under.publish(event({ type }), { token });
        expect(answer.status).toBe(400);
        expect(answer.errors?.['RequestBody']?.[0]).toContain('not begin with platform. or budstikka.');
      }
    },
  );

  test('types of Dialogporten are for the administrative scope, and never with our attributes', async () => {
    const given = event({ type: 'dialogporten.dialog.updated.v1' });
    expect((await under.publish(given)).status).toBe(403);
    expect((await under.publish({ ...given, dialogsequence: 1 }, { token: under.admin })).status).toBe(400);
    expect(await under.rows(given['id'])).toEqual([]);
    expect((await under.publish(given, { token: under.admin })).status).toBe(200);
    expect(await under.rows(given['id'])).toHaveLength(1);
  });
});

describe('the body is one of two content types', () => {
  test.each([
    'application/json',
    'text/plain',
    'application/cloudevents',
    `${SINGLE}; charset=iso-8859-1`,
    `${BATCH}; charset="latin1"`,
  ])('%s is answered with 415', async (type) => {
    expect((await under.publish(event(), { type })).status).toBe(415);
  });

  test.each([`${SINGLE}; charset=utf-8`, `${SINGLE};charset="UTF-8"`, SINGLE.toUpperCase()])(
    '%s is accepted',
    async (type) => {
      expect((await under.publish(event(), { type })).status).toBe(200);
    },
  );
});

describe('the caller', () => {
  const platformToken = (app: string) => under.platform.token('GetPlatformAccessToken', { app });

  test('needs a token, before anything else is looked at', async () => {
    const url = `${under.platform.base}/events/api/v1/events`;
    expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(401);
    expect((await under.post('x', { token: 'x.y.z', type: 'text/plain' })).status).toBe(401);
  });

  test('needs the publishing scope, or the token of an app beside its own', async () => {
    const token = await under.platform.token('GetEnterpriseToken', { ...TTD, scopes: `${PUBLISH}.admin` });
    expect((await under.publish(event(), { token })).status).toBe(403);
    const refused = { PlatformAccessToken: 'not.a.token' };
    expect((await under.publish(event(), { token, headers: refused })).status).toBe(403);
    const accepted = { PlatformAccessToken: await platformToken('ttd/some-app') };
    expect((await under.publish(event(), { token, headers: accepted })).status).toBe(200);
  });

  test('needs a rule of the policy, unless it has the administrative scope', async () => {
    const other = { org: 'skd', orgNo: '974761076' };
    const token = await under.platform.token('GetEnterpriseToken', { ...other, scopes: PUBLISH });
    expect(await under.publish(event(), { token })).toMatchObject({
      status: 403,
      detail: 'Not authorized to publish events for resource urn:altinn:resource:super-simple-service.',
    });
    const admin = await under.platform.token('GetEnterpriseToken', {
      ...other,
      scopes: `${PUBLISH} ${PUBLISH}.admin`,
    });
    expect((await under.publish(event(), { token: admin })).status).toBe(200);
  });
});
