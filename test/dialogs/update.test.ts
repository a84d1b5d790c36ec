import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppUnderTest, create, openApp, plain } from '../support/dialog-client.ts';
import { eventsOf, shortTypes } from '../support/event-log.ts';

interface Problem {
  readonly code: string;
  readonly errors?: Record<string, string[]>;
}

interface Dialog {
  readonly revision: string;
  readonly status: string;
  readonly updatedAt: string;
  readonly contentUpdatedAt: string;
  readonly isContentSeen: boolean;
  readonly attachments: { readonly id: string }[];
  readonly systemLabel: string;
  readonly endUserContext: { readonly revision: string; readonly systemLabels: string[] };
}

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const get = async (id: string) => (await app.send<Dialog>('GET', `/serviceowner/dialogs/${id}`)).body;
const patch = (id: string, operations: unknown, headers?: Record<string, string>) =>
  app.send<Problem>('PATCH', `/serviceowner/dialogs/${id}`, {
    body: operations,
    ...(headers && { headers }),
  });
const set = (id: string, path: string, value: unknown) => patch(id, [{ op: 'replace', path, value }]);
const told = async (id: string) => shortTypes(await eventsOf(app.database, id));
const attachment = { urls: [{ url: 'https://example.no/a.pdf', consumerType: 'Gui' }] };

describe('a PUT', () => {
  test('replaces what it brings, drops what it leaves out and is told once', async () => {
    const id = await create(app, { extendedStatus: 'venter', attachments: [attachment], progress: 5 });
    const before = await get(id);
    const body = { status: 'Completed', content: { title: plain('Ferdig') } };
    const { status, headers } = await app.send('PUT', `/serviceowner/dialogs/${id}`, { body });
    expect(status).toBe(204);
    const after = await get(id);
    expect(after).toMatchObject({ status: 'Completed', attachments: [], revision: headers.get('etag') });
    expect(after).not.toHaveProperty('extendedStatus');
    expect(after).not.toHaveProperty('progress');
    expect(after.revision).not.toBe(before.revision);
    expect(await told(id)).toEqual(['created', 'updated']);
  });

  test('that changes nothing changes neither revision nor times and tells nobody', async () => {
    const id = await create(app, { attachments: [attachment], status: 'Draft' });
    const before = await get(id);
    const body = {
      status: 'Draft',
      content: { title: plain('Skattemelding') },
      attachments: before.attachments,
    };
    const { status, headers } = await app.send('PUT', `/serviceowner/dialogs/${id}`, { body });
    expect([status, headers.get('etag')]).toEqual([204, before.revision]);
    expect(headers.has('server-timing')).toBe(false);
    expect(await get(id)).toEqual(before);
    expect(await told(id)).toEqual(['created']);
  });

  test('appends its transmissions and activities', async () => {
    const id = await create(app);
    const sender = { actorType: 'ServiceOwner' };
    const body = {
      status: 'NotApplicable',
      content: { title: plain('Skattemelding') },
      transmissions: [{ type: 'Information', sender, content: { title: plain('Brev') } }],
      activities: [{ type: 'DialogClosed', performedBy: sender }],
    };
    await app.send('PUT', `/serviceowner/dialogs/${id}`, { body });
    expect(await told(id)).toEqual(['created', 'updated', 'transmission.created', 'activity.closed']);
  });
});

describe('a PATCH', () => {
  test('is told once and answers with the new revision', async () => {
    const id = await create(app);
    const { status, headers } = await set(id, '/externalReference', 'sak-1');
    expect(status).toBe(204);
    expect((await get(id)).revision).toBe(headers.get('etag'));
    expect(await told(id)).toEqual(['created', 'updated']);
  });

  test('finds what is not set as null, in any letter case and without the first slash, and takes it away again', async () => {
    const id = await create(app);
    await patch(id, [
      { op: 'test', path: '/extendedStatus', value: null },
      { op: 'replace', path: 'ExtendedStatus', value: 'venter' },
      { op: 'add', path: '/Content/Summary', value: plain('Kort') },
      { op: 'add', path: '/attachments/-', value: attachment },
    ]);
    expect(await get(id)).toMatchObject({
      extendedStatus: 'venter',
      content: { title: plain('Skattemelding'), summary: plain('Kort') },
      attachments: [{ urls: [{ url: 'https://example.no/a.pdf' }] }],
    });
    await patch(id, [
      { op: 'remove', path: '/content/summary' },
      { op: 'replace', path: '/extendedStatus', value: null },
    ]);
    const after = await get(id);
    expect(after).not.toHaveProperty('extendedStatus');
    expect(after).toMatchObject({ content: { title: plain('Skattemelding') } });
    expect(after).not.toHaveProperty('content.summary');
  });

  test('appends, with the appended told after updated', async () => {
    const id = await create(app);
    const value = { type: 'DialogClosed', performedBy: { actorType: 'ServiceOwner' } };
    await patch(id, [{ op: 'add', path: '/activities/-', value }]);
    expect(await told(id)).toEqual(['created', 'updated', 'activity.closed']);
  });

  test('is refused as a whole, naming what is wrong', async () => {
    const id = await create(app);
    const faulty: [unknown, string][] = [
      [[{ op: 'test', path: '/status', value: 'Draft' }], '[0]'],
      [[{ op: 'remove', path: '/activities/0' }], '[0]'],
      [[{ op: 'replace', path: '/content/titel', value: 'Draft' }], '[0]'],
      [[{ op: 'add', path: '/__proto__/polluted', value: 1 }], '[0]'],
      [[{ op: 'remove', path: '/toString' }], '[0]'],
      [[{ op: 'replace', path: '/content/title/value/length', value: {} }], '[0]'],
      [[{ op: 'replace', path: '/content/title/value/-1', value: 1 }], '[0]'],
      [[{ op: 'replace', path: '/content/title/value/00', value: 1 }], '[0]'],
      [[{ op: 'replace', path: '/status', value: 'Lost' }], 'status'],
      [[{ op: 'replace', path: '/content/title/value/0/value', value: ' ' }], 'content.title.value'],
      [[{ op: 'remove', path: '/content' }], 'content'],
      [[{ op: 'rename', path: '/status' }], '[0].op'],
      [{ op: 'replace', path: '/status', value: 'Draft' }, '$'],
    ];
    for (const [operations, path] of faulty) {
      const { status, body } = await patch(id, operations);
      expect({ operations, status, faults: Object.keys(body.errors ?? {}) }).toEqual({
        operations,
        status: 400,
        faults: [path],
      });
    }
    expect(await told(id)).toEqual(['created']);
  });

  test('cannot be made to grow without end', async () => {
    const id = await create(app);
    const operations = Array.from({ length: 40 }, (_, index) => ({
      op: 'copy',
      from: '/content',
      path: `/content/x${index}`,
    }));
    const { errors = {} } = (await patch(id, operations)).body;
    expect(Object.entries(errors)).toEqual([
      [expect.stringMatching(/^\[1\d\]$/), ['makes the document too large']],
    ]);
  });

  test('is read as application/json-patch+json as well', async () => {
    const id = await create(app);
    const { status } = await patch(id, [{ op: 'replace', path: '/progress', value: 50 }], {
      'content-type': 'application/json-patch+json; charset=utf-8',
    });
    expect(status).toBe(204);
  });
});

describe('times', () => {
  test('contentUpdatedAt moves with content, attachments and status only', async () => {
    const id = await create(app);
    const moves: [string, unknown, boolean][] = [
      ['/externalReference', 'x', false],
      ['/searchTags', [{ value: 'tag' }], false],
      ['/process', 'urn:p:1', false],
      ['/dueAt', '2099-01-01T00:00:00Z', false],
      ['/progress', 10, false],
      ['/status', 'InProgress', true],
      ['/extendedStatus', 'y', true],
      ['/content/title/value/0/value', 'Ny', true],
      ['/attachments', [attachment], true],
    ];
    for (const [path, value, moved] of moves) {
      const before = await get(id);
      expect((await set(id, path, value)).status).toBe(204);
      const after = await get(id);
      expect(after.updatedAt > before.updatedAt).toBe(true);
      expect([path, after.contentUpdatedAt > before.contentUpdatedAt]).toEqual([path, moved]);
    }
  });

  test('a content change makes the content unseen again', async () => {
    const id = await create(app);
    await app.send('GET', `/enduser/dialogs/${id}`);
    await set(id, '/externalReference', 'x');
    expect((await get(id)).isContentSeen).toBe(true);
    await set(id, '/status', 'Draft');
    expect((await get(id)).isContentSeen).toBe(false);
  });

  test('dates must lie ahead, but what stands may stand', async () => {
    const id = await create(app);
    await app.send('PATCH', `/serviceowner/dialogs/${id}?isSilentUpdate=true`, {
      body: [{ op: 'replace', path: '/dueAt', value: '2020-01-01T00:00:00Z' }],
    });
    expect((await set(id, '/progress', 3)).status).toBe(204);
    const { status, body } = await set(id, '/dueAt', '2021-01-01T00:00:00Z');
    expect([status, Object.keys(body.errors ?? {})]).toEqual([422, ['dueAt']]);
  });
});

describe('If-Match', () => {
  test('lets through who has the revision, bare or quoted, and refuses who has not', async () => {
    const id = await create(app);
    const stale = (await get(id)).revision;
    const first = await patch(id, [{ op: 'replace', path: '/progress', value: 1 }], { 'if-match': stale });
    expect(first.status).toBe(204);
    const quoted = await patch(id, [{ op: 'replace', path: '/progress', value: 2 }], {
      'if-match': `"${first.headers.get('etag')}"`,
    });
    expect(quoted.status).toBe(204);
    const late = await patch(id, [{ op: 'replace', path: '/progress', value: 3 }], { 'if-match': stale });
    expect([late.status, late.body.code]).toEqual([412, 'revision-mismatch']);
    const odd = await patch(id, [{ op: 'replace', path: '/progress', value: 3 }], { 'if-match': 'latest' });
    expect(odd.status).toBe(400);
  });

  test('of many writers with the same revision exactly one wins', async () => {
    const id = await create(app);
    const { revision } = await get(id);
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, value) =>
        patch(id, [{ op: 'replace', path: '/progress', value }], { 'if-match': revision }),
      ),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(5);
    expect(await told(id)).toEqual(['created', 'updated']);
  });

  test('writers without it are put in order, and none is lost', async () => {
    const id = await create(app);
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        patch(id, [{ op: 'add', path: '/searchTags/-', value: { value: `tag-${index}` } }]),
      ),
    );
    expect(answers.every(({ status }) => status === 204)).toBe(true);
    const { body } = await app.send<{ searchTags: unknown[] }>('GET', `/serviceowner/dialogs/${id}`);
    expect(body.searchTags).toHaveLength(6);
    const sequences = (await eventsOf(app.database, id)).map(({ dialogSequence }) => dialogSequence);
    expect(sequences).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('system labels', () => {
  test('go back to Default with every change, which is told under a name of our own', async () => {
    const id = await create(app, { systemLabel: 'Archive' });
    const before = await get(id);
    expect(before.systemLabel).toBe('Archive');
    await set(id, '/progress', 1);
    const after = await get(id);
    expect(after.endUserContext.systemLabels).toEqual(['Default']);
    expect(after.endUserContext.revision).not.toBe(before.endUserContext.revision);
    const events = await eventsOf(app.database, id);
    expect(shortTypes(events)).toEqual(['created', 'updated', 'budstikka.dialog.labels.v1']);
    expect(events[2]).toMatchObject({ change: 3, dialogSequence: null });
    const own = JSON.parse(events[2]!.bytes);
    expect(own.dialogsequenceafter).toBe(2);
    expect(own).not.toHaveProperty('dialogsequence');
  });

  test('say that the party has sent something', async () => {
    const id = await create(app);
    const sender = { actorType: 'PartyRepresentative', actorName: 'Kari' };
    const body = { type: 'Correction', sender, content: { title: plain('Retting') } };
    await app.send('POST', `/serviceowner/dialogs/${id}/transmissions`, { body });
    expect((await get(id)).endUserContext.systemLabels).toEqual(['Default', 'Sent']);
  });
});

describe('a silent change', () => {
  test('leaves times and labels alone, has a new revision and tells nobody', async () => {
    const id = await create(app, { systemLabel: 'Bin' });
    const before = await get(id);
    const hints = app.hints();
    const { status } = await app.send('PATCH', `/serviceowner/dialogs/${id}?isSilentUpdate=true`, {
      body: [{ op: 'replace', path: '/status', value: 'Completed' }],
    });
    expect(status).toBe(204);
    const after = await get(id);
    expect(after).toEqual({ ...before, status: 'Completed', revision: after.revision });
    expect(after.revision).not.toBe(before.revision);
    expect(await told(id)).toEqual(['created']);
    expect(app.hints()).toBe(hints);
  });

  test('of every kind tells nobody, and the numbers stay without a gap', async () => {
    const silent = '?isSilentUpdate=true';
    const { body: id } = await app.send<string>('POST', `/serviceowner/dialogs${silent}`, {
      body: {
        serviceResource: 'urn:altinn:resource:super-simple-service',
        party: 'urn:altinn:organization:identifier-no:310923044',
        content: { title: plain('Stille') },
        activities: [{ type: 'DialogCreated', performedBy: { actorType: 'ServiceOwner' } }],
      },
    });
    const at = `/serviceowner/dialogs/${id}`;
    await app.send('POST', `${at}/activities${silent}`, {
      body: { type: 'FormSaved', performedBy: { actorType: 'ServiceOwner' } },
    });
    await app.send('DELETE', at + silent);
    await app.send('POST', `${at}/actions/restore${silent}`);
    expect(await told(id)).toEqual([]);
    await set(id, '/progress', 9);
    const [event] = await eventsOf(app.database, id);
    expect(event).toMatchObject({ change: 1, dialogSequence: 1 });
    expect((await app.send('POST', `${at}/actions/purge${silent}`)).status).toBe(204);
    expect(await told(id)).toEqual(['updated']);
  });
});
