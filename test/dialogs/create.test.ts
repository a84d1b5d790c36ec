import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromEpoch, wallClock } from '../../src/lib/time.ts';
import { uuidv7 } from '../../src/lib/uuid.ts';
import {
  type AppUnderTest,
  create,
  dialogBody,
  letterBody,
  openApp,
  plain,
} from '../support/dialog-client.ts';
import { BASE_URL, FOREIGN_RESOURCE, PARTY, READER, RESOURCE } from '../support/dialogs.ts';
import { eventsOf, shortTypes } from '../support/event-log.ts';

interface Problem {
  readonly code: string;
  readonly detail?: string;
  readonly errors?: Record<string, string[]>;
  readonly dialogId?: string;
}

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const post = (body: unknown, path = '/serviceowner/dialogs') =>
  app.send<Problem & string>('POST', path, { body });

describe('a created dialog', () => {
  test('answers with its id, its revision and where it is', async () => {
    const { status, body, headers } = await app.send<string>('POST', '/serviceowner/dialogs', {
      body: dialogBody(),
    });
    expect(status).toBe(201);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('location')).toBe(`/dialogporten/api/v1/serviceowner/dialogs/${body}`);
    const { headers: read } = await app.send('GET', `/serviceowner/dialogs/${body}`);
    expect(read.get('etag')).toBe(headers.get('etag'));
    expect(read.get('etag')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('says in development when it was committed', async () => {
    const before = wallClock();
    const { headers } = await post(dialogBody());
    const [, at] = /^commit;desc="(\d+\.\d{3})"$/.exec(headers.get('server-timing') ?? '') ?? [];
    expect(Number(at)).toBeGreaterThan(before);
    expect(Number(at)).toBeLessThan(wallClock());
  });

  test('is told as created, then each transmission, then each activity, and wakes the readers once', async () => {
    const hints = app.hints();
    const sender = { actorType: 'PartyRepresentative', actorId: READER.urn };
    const id = await create(app, {
      process: 'urn:case:1',
      precedingProcess: 'urn:case:0',
      transmissions: [{ type: 'Submission', sender, content: { title: plain('Svar') } }],
      activities: [
        { type: 'DialogOpened', performedBy: sender, extendedType: 'urn:x:opened' },
        { type: 'FormSubmitted', performedBy: { actorType: 'ServiceOwner' } },
      ],
    });
    const events = await eventsOf(app.database, id);
    expect(shortTypes(events)).toEqual([
      'created',
      'transmission.created',
      'activity.dialog-opened',
      'activity.form-submitted',
    ]);
    expect(events.map(({ change, dialogSequence }) => [change, dialogSequence])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
    expect(app.hints()).toBe(hints + 1);
    const [created, transmission, opened] = events.map(({ bytes }) => JSON.parse(bytes));
    expect(created.data).toEqual({ process: 'urn:case:1', precedingProcess: 'urn:case:0' });
    expect(transmission.data.senderType).toBe('PartyRepresentative');
    expect(transmission.source).toMatch(
      `${BASE_URL}/dialogporten/api/v1/enduser/dialogs/${id}/transmissions/`,
    );
    expect(opened.data.extendedActivityType).toBe('urn:x:opened');
    expect(opened.source).toBe(
      `${BASE_URL}/dialogporten/api/v1/enduser/dialogs/${id}/activities/${opened.data.activityId}`,
    );
  });

  test('sends its attributes in the order of the contract, and no empty data', async () => {
    const id = await create(app);
    const [event] = await eventsOf(app.database, id);
    const parsed = JSON.parse(event!.bytes);
    expect(Object.keys(parsed)).toEqual([
      'specversion',
      'id',
      'source',
      'type',
      'time',
      'resource',
      'resourceinstance',
      'subject',
      'dialogsequence',
    ]);
    expect(parsed).toMatchObject({
      specversion: '1.0',
      id: event!.id,
      source: `${BASE_URL}/dialogporten/api/v1/enduser/dialogs/${id}`,
      type: 'dialogporten.dialog.created.v1',
      resource: RESOURCE,
      resourceinstance: id,
      subject: PARTY,
      dialogsequence: 1,
    });
    expect(parsed.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}0Z$/);
  });

  test('hands the trace of the request on to its events', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { body: id } = await app.send<string>('POST', '/serviceowner/dialogs', {
      body: dialogBody(),
      headers: { traceparent },
    });
    const [event] = await eventsOf(app.database, id);
    expect(event!.trace).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
  });

  test('reads back what was sent, texts in the order of their languages and actors with their names', async () => {
    const title = {
      mediaType: 'text/plain',
      value: [
        { languageCode: 'NN-no', value: 'Hei på deg' },
        { languageCode: 'en', value: 'Hello' },
      ],
    };
    const id = await create(app, {
      Content: { Title: title, summary: { value: [{ languageCode: 'nb', value: 'Kort' }] } },
      status: 'new',
      progress: 12,
      extendedStatus: 'venter',
      externalReference: 'sak-1',
      dueAt: '2099-01-01T12:00:00.123456789+02:00',
      searchTags: [{ value: 'Skatt' }],
      serviceOwnerContext: { serviceOwnerLabels: [{ value: ' Haster ' }] },
      unknownMember: { ignored: true },
      activities: [
        { type: 'DialogOpened', performedBy: { actorType: 'PartyRepresentative', actorId: READER.urn } },
      ],
    });
    const { body } = await app.send<Record<string, never>>('GET', `/serviceowner/dialogs/${id}`);
    expect(body).toMatchObject({
      status: 'NotApplicable',
      progress: 12,
      extendedStatus: 'venter',
      externalReference: 'sak-1',
      dueAt: '2099-01-01T10:00:00.1234560Z',
      searchTags: [{ value: 'Skatt' }],
      serviceOwnerContext: { serviceOwnerLabels: [{ value: 'haster' }] },
      content: {
        title: {
          value: [
            { languageCode: 'en', value: 'Hello' },
            { languageCode: 'nn', value: 'Hei på deg' },
          ],
        },
        summary: { mediaType: 'text/plain' },
      },
      activities: [{ performedBy: { actorId: READER.urn, actorName: 'KARI NORDMANN' } }],
    });
    expect(body).not.toHaveProperty('unknownMember');
    expect(body).not.toHaveProperty('expiresAt');
  });

  test('of a correspondence is unopened until that is reported', async () => {
    const { body: id } = await app.send<string>('POST', '/serviceowner/dialogs', {
      as: 'letters',
      body: letterBody(),
    });
    const { body } = await app.send<{ hasUnopenedContent: boolean }>('GET', `/serviceowner/dialogs/${id}`);
    expect(body.hasUnopenedContent).toBe(true);
  });
});

describe('an id that the client chooses', () => {
  test('is the dialog’s id', async () => {
    const id = uuidv7(wallClock());
    expect(await create(app, { id: id.toUpperCase() })).toBe(id);
  });

  test('is refused when it is of another version or lies in the future', async () => {
    const { body: version } = await post(dialogBody({ id: 'd7f1b0e6-3c51-4b5e-9c4c-1f2a3b4c5d6e' }));
    expect(version.errors).toEqual({ id: ['must be a UUID of version 7'] });
    const { status } = await post(dialogBody({ id: uuidv7(wallClock() + 20_000) }));
    expect(status).toBe(400);
    const { status: near } = await post(dialogBody({ id: uuidv7(wallClock() + 5_000) }));
    expect(near).toBe(201);
  });

  test('is used once', async () => {
    const id = await create(app);
    const { status, body } = await post(dialogBody({ id }));
    expect(status).toBe(422);
    expect(body.errors).toEqual({ id: ['is in use already'] });
  });

  test('is used once when several use it at the same time', async () => {
    const id = uuidv7(wallClock());
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(dialogBody({ id }))));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(5);
    expect(shortTypes(await eventsOf(app.database, id))).toEqual(['created']);
  });
});

describe('an idempotent key', () => {
  test('makes one dialog; the second create names it', async () => {
    const id = await create(app, { idempotentKey: 'one-dialog' });
    const { status, body } = await post(dialogBody({ idempotentKey: 'one-dialog' }));
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'idempotent-key-used', dialogId: id });
  });

  test('makes one dialog when many creates race, and each loser names it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => post(dialogBody({ idempotentKey: 'race' }))),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    const losers = answers.filter(({ status }) => status === 409);
    expect(losers.map(({ body }) => body.dialogId)).toEqual(Array(5).fill(made[0]!.body));
  });
});

describe('a create is refused', () => {
  test('for a service resource of another owner, or of nobody', async () => {
    for (const serviceResource of [FOREIGN_RESOURCE, 'urn:altinn:resource:nothing']) {
      const { status, body } = await post(dialogBody({ serviceResource }));
      expect([status, body.code]).toEqual([403, 'not-owner']);
    }
  });

  test('when an authorization attribute names another owner’s service resource', async () => {
    const guiActions = [
      {
        action: 'sign',
        url: 'https://example.no/sign',
        priority: 'Primary',
        title: [{ languageCode: 'nb', value: 'Signer' }],
        authorizationAttribute: FOREIGN_RESOURCE,
      },
    ];
    expect((await post(dialogBody({ guiActions }))).status).toBe(403);
  });

  test('for a correspondence without its scope', async () => {
    expect((await post(letterBody())).body.code).toBe('scope-missing');
  });

  test('for an actor whom the register does not know', async () => {
    const performedBy = {
      actorType: 'PartyRepresentative',
      actorId: 'urn:altinn:organization:identifier-no:312548909',
    };
    const { status, body } = await post(dialogBody({ activities: [{ type: 'DialogOpened', performedBy }] }));
    expect(status).toBe(422);
    expect(body.errors).toEqual({ 'activities[0].performedBy.actorId': ['is not known to the register'] });
  });

  test('for dates in the past, unless it is silent', async () => {
    const past = { dueAt: '2020-01-01T00:00:00Z', visibleFrom: '2020-01-01T00:00:00Z' };
    const { status, body } = await post(dialogBody(past));
    expect(status).toBe(422);
    expect(Object.keys(body.errors ?? {}).toSorted()).toEqual(['dueAt', 'visibleFrom']);
    const silent = await post(dialogBody(past), '/serviceowner/dialogs?IsSilentUpdate=True');
    expect(silent.status).toBe(201);
    expect(await eventsOf(app.database, silent.body)).toEqual([]);
  });

  test('with every fault named at once', async () => {
    const { status, body } = await post({
      serviceResource: 'super-simple-service',
      party: 'urn:altinn:organization:identifier-no:123456789',
      progress: 101,
      precedingProcess: 'urn:case:0',
      createdAt: fromEpoch(wallClock() + 60_000),
      searchTags: [{ value: 'a' }, { value: 'A' }],
      content: {
        title: { mediaType: 'text/html', value: [{ languageCode: 'no', value: 'x'.repeat(256) }] },
        mainContentReference: {
          mediaType: 'application/vnd.dialogporten.frontchannelembed-url;type=text/markdown',
          value: [{ languageCode: 'nb', value: 'http://example.no' }],
        },
      },
      attachments: [{ urls: [] }],
      activities: [
        { type: 'Information', performedBy: { actorType: 'ServiceOwner', actorName: 'Kari' } },
        { type: 'TransmissionOpened', performedBy: { actorType: 'PartyRepresentative' } },
      ],
    });
    expect(status).toBe(400);
    expect(Object.keys(body.errors ?? {}).toSorted()).toEqual(
      [
        'progress',
        'serviceResource',
        'party',
        'createdAt',
        'precedingProcess',
        'content.title.mediaType',
        'content.title.value[0].languageCode',
        'content.title.value[0].value',
        'content.mainContentReference.value[0].value',
        'searchTags[1].value',
        'attachments[0].urls',
        'activities[0].performedBy',
        'activities[0].description',
        'activities[1].performedBy',
        'activities[1].transmissionId',
      ].toSorted(),
    );
  });

  test('with every fault of its shape named, when the shape is wrong', async () => {
    const { status, body } = await post({
      party: 7,
      content: { title: 'Hei' },
      transmissions: [{ type: 'Letter' }],
    });
    expect(status).toBe(400);
    expect(body.errors).toEqual({
      serviceResource: ['must be given'],
      party: ['must be string'],
      'content.title': ['must be object'],
      'transmissions[0].type': [expect.stringContaining('must be one of Information')],
      'transmissions[0].sender': ['must be given'],
    });
  });
});
