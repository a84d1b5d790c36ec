import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { relabel } from '../../src/dialogs/labels.ts';
import { type AppUnderTest, type Asked, create, letterBody, openApp } from '../support/dialog-client.ts';
import { PARTY, READER, SECOND_READER, STRANGER } from '../support/dialogs.ts';
import { eventsOf, shortTypes } from '../support/event-log.ts';

interface Dialog {
  readonly code: string;
  readonly detail: string;
  readonly dialogIds: readonly string[];
  readonly revision: string;
  readonly updatedAt: string;
  readonly isContentSeen: boolean;
  readonly endUserContext: { readonly revision: string; readonly systemLabels: readonly string[] };
}

interface Line {
  readonly name: string;
  readonly action: string;
  readonly createdAt: string;
  readonly performedBy: {
    readonly actorType: string;
    readonly actorId?: string;
    readonly actorName?: string;
  };
}

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const LABELS = 'budstikka.dialog.labels.v1';
const owned = async (id: string) => (await app.send<Dialog>('GET', `/serviceowner/dialogs/${id}`)).body;
const label = (id: string, body: unknown, more: Asked = {}) =>
  app.send<Dialog>('PUT', `/enduser/dialogs/${id}/context/systemlabels`, { body, ...more });
const labelAsOwner = (id: string, body: unknown, { query = '', ...more }: Asked & { query?: string } = {}) =>
  app.send<Dialog>('PUT', `/serviceowner/dialogs/${id}/endusercontext/systemlabels${query}`, {
    body,
    ...more,
  });
const log = async (id: string) =>
  (await app.send<Line[]>('GET', `/enduser/dialogs/${id}/context/labellog`)).body;
const told = async (id: string) => shortTypes(await eventsOf(app.database, id)).slice(1);
const lines = async (id: string) => (await log(id)).map(({ name, action }) => `${action} ${name}`);

test.each([
  [['Default'], { addLabels: ['Bin'] }, ['Bin']],
  [['Bin', 'Sent'], { addLabels: ['Archive', 'MarkedAsUnopened'] }, ['Archive', 'Sent', 'MarkedAsUnopened']],
  [['Default'], { addLabels: ['Bin', 'Default', 'Archive'] }, ['Archive']],
  [['Archive'], { addLabels: ['Default'] }, ['Default']],
  [['Archive'], { removeLabels: ['Archive'] }, ['Default']],
  [['Archive'], { removeLabels: ['Archive'], addLabels: ['Bin'] }, ['Bin']],
  [['Archive'], { removeLabels: ['Bin', 'Default'] }, ['Archive']],
  [['Default'], { removeLabels: ['Default'] }, ['Default']],
  [['Bin', 'MarkedAsUnopened'], { removeLabels: ['MarkedAsUnopened'] }, ['Bin']],
  [['Default'], { systemLabels: ['Bin'], addLabels: ['Archive'] }, ['Archive']],
  [['Default'], {}, ['Default']],
] as const)('%j with %j is %j', (labels, wish, expected) => {
  expect(relabel(labels, wish)).toEqual(expected);
});

describe('an end user', () => {
  test('moves a dialog, which is told and logged and leaves the dialog’s own revision and times', async () => {
    const id = await create(app);
    const before = await owned(id);
    const { status, headers } = await label(id, { addLabels: ['archive'] });
    expect(status).toBe(204);
    const after = await owned(id);
    expect(after).toEqual({
      ...before,
      systemLabel: 'Archive',
      endUserContext: { revision: headers.get('etag'), systemLabels: ['Archive'] },
    });
    expect(after.endUserContext.revision).not.toBe(before.endUserContext.revision);
    expect(await told(id)).toEqual([LABELS]);
    expect(await log(id)).toMatchObject([
      {
        name: 'systemlabel:Archive',
        action: 'set',
        performedBy: { actorType: 'PartyRepresentative', actorId: 'masked:713', actorName: 'KARI NORDMANN' },
      },
    ]);
    const [event] = (await eventsOf(app.database, id)).slice(1);
    expect(event!.bytes).not.toContain(READER.identity().pid);
  });

  test('who wishes what is there already changes nothing, and keeps the revision', async () => {
    const id = await create(app);
    const { endUserContext } = await owned(id);
    const { status, headers } = await label(id, { addLabels: ['Default'], removeLabels: ['Bin'] });
    expect([status, headers.get('etag')]).toEqual([204, endUserContext.revision]);
    expect(await told(id)).toEqual([]);
    expect(await log(id)).toEqual([]);
  });

  test('reads the log with the newest line first, and never finds Default in it', async () => {
    const id = await create(app);
    await label(id, { addLabels: ['Bin'] });
    await label(id, { addLabels: ['Archive', 'MarkedAsUnopened'] });
    await label(id, { removeLabels: ['Archive'] });
    expect(await lines(id)).toEqual([
      'remove systemlabel:Archive',
      'set systemlabel:Archive',
      'set systemlabel:MarkedAsUnopened',
      'remove systemlabel:Bin',
      'set systemlabel:Bin',
    ]);
  });

  test('changes labels while the register is silent, and is named in the log when it speaks again', async () => {
    const id = await create(app);
    app.register.down = true;
    expect((await label(id, { addLabels: ['Bin'] })).status).toBe(204);
    expect((await log(id))[0]?.performedBy).toEqual({
      actorType: 'PartyRepresentative',
      actorId: 'masked:713',
    });
    app.register.down = false;
    expect((await log(id))[0]?.performedBy.actorName).toBe('KARI NORDMANN');
    app.register.down = true;
    expect((await log(id))[0]?.performedBy.actorName).toBe('KARI NORDMANN');
    app.register.down = false;
  });

  test('marks as unopened what was seen, until it is read again', async () => {
    const id = await create(app);
    const first = await app.send<Dialog>('GET', `/enduser/dialogs/${id}`);
    expect(first.body.isContentSeen).toBe(true);
    await label(id, { addLabels: ['MarkedAsUnopened'] });
    expect(await owned(id)).toMatchObject({
      isContentSeen: false,
      endUserContext: { systemLabels: ['Default', 'MarkedAsUnopened'] },
    });
    const { body } = await app.send<Dialog>('GET', `/enduser/dialogs/${id}`);
    expect(body).toMatchObject({ isContentSeen: true, endUserContext: { systemLabels: ['Default'] } });
    expect(body.endUserContext).toEqual((await owned(id)).endUserContext);
    expect(await lines(id)).toEqual([
      'remove systemlabel:MarkedAsUnopened',
      'set systemlabel:MarkedAsUnopened',
    ]);
  });

  test('names the revision of the context, bare or quoted, and is told when it has changed', async () => {
    const id = await create(app);
    const first = (await owned(id)).endUserContext.revision;
    const second = await label(id, { addLabels: ['Bin'] }, { headers: { 'if-match': first } });
    expect(second.status).toBe(204);
    const stale = await label(id, { addLabels: ['Archive'] }, { headers: { 'if-match': first } });
    expect([stale.status, stale.body.code]).toEqual([412, 'revision-mismatch']);
    const quoted = `"${second.headers.get('etag')}"`;
    expect((await label(id, { addLabels: ['Archive'] }, { headers: { 'if-match': quoted } })).status).toBe(
      204,
    );
  });

  test('cannot say that the party has sent something, nor take it back', async () => {
    const id = await create(app);
    const { status, body } = await label(id, { addLabels: ['Sent'], removeLabels: ['Bin', 'Sent'] });
    expect(status).toBe(400);
    expect(body).toHaveProperty('errors', {
      'addLabels[0]': [expect.stringContaining('Sent')],
      'removeLabels[1]': [expect.stringContaining('Sent')],
    });
  });

  test('is refused what cannot be read: others’, deleted, not visible yet, not there', async () => {
    const id = await create(app);
    const wish = { addLabels: ['Bin'] };
    expect((await label(id, wish, { as: 'stranger' })).status).toBe(404);
    expect((await label('01a20969-25e6-701d-a871-c088d15c788c', wish)).status).toBe(404);
    const held = await create(app, { visibleFrom: '2099-01-01T00:00:00Z' });
    const notYet = await label(held, wish);
    expect([notYet.status, notYet.headers.get('expires')]).toEqual([404, 'Thu, 01 Jan 2099 00:00:00 GMT']);
    await app.send('DELETE', `/serviceowner/dialogs/${id}`);
    expect((await label(id, wish)).status).toBe(410);
    expect((await app.send('GET', `/enduser/dialogs/${id}/context/labellog`)).status).toBe(410);
  });
});

describe('a change by the service owner', () => {
  const lyingIn = async (place: string) => {
    const id = await create(app);
    await label(id, { addLabels: [place, 'MarkedAsUnopened'] });
    return id;
  };
  const labelsOf = async (id: string) => (await owned(id)).endUserContext.systemLabels;
  const patch = (id: string, query = '') =>
    app.send('PATCH', `/serviceowner/dialogs/${id}${query}`, {
      body: [{ op: 'replace', path: '/progress', value: 7 }],
    });

  test('takes the dialog out of archive and bin, and is told as updated and labels', async () => {
    const id = await lyingIn('Archive');
    await patch(id);
    expect(await labelsOf(id)).toEqual(['Default', 'MarkedAsUnopened']);
    expect(await told(id)).toEqual([LABELS, 'updated', LABELS]);
    expect((await log(id))[0]).toMatchObject({
      action: 'remove',
      performedBy: { actorType: 'ServiceOwner' },
    });
  });

  test.each(['activities', 'transmissions'])('of %s does so too', async (list) => {
    const id = await lyingIn('Bin');
    const actor = { actorType: 'ServiceOwner' };
    const body =
      list === 'activities'
        ? { type: 'FormSaved', performedBy: actor }
        : {
            type: 'Information',
            sender: actor,
            content: { title: { value: [{ languageCode: 'nb', value: 'Brev' }] } },
          };
    expect((await app.send('POST', `/serviceowner/dialogs/${id}/${list}`, { body })).status).toBe(201);
    expect(await labelsOf(id)).toEqual(['Default', 'MarkedAsUnopened']);
  });

  test('leaves it there when it is silent, when nothing changes, and when it is deleted and restored', async () => {
    const id = await lyingIn('Bin');
    await patch(id, '?isSilentUpdate=true');
    await app.send('PATCH', `/serviceowner/dialogs/${id}`, { body: [] });
    await app.send('DELETE', `/serviceowner/dialogs/${id}`);
    await app.send('POST', `/serviceowner/dialogs/${id}/actions/restore`);
    expect(await labelsOf(id)).toEqual(['Bin', 'MarkedAsUnopened']);
  });
});

describe('several dialogs at once', () => {
  const bulk = (body: unknown, as?: Asked['as']) =>
    app.send<Dialog>('POST', '/enduser/dialogs/context/systemlabels/actions/bulkset', {
      body,
      ...(as && { as }),
    });
  const dialogs = (...ids: readonly string[]) => ids.map((dialogId) => ({ dialogId }));

  test('are all moved, each told by itself', async () => {
    const ids = await Promise.all([create(app), create(app), create(app)]);
    expect((await bulk({ dialogs: dialogs(...ids), addLabels: ['Archive'] })).status).toBe(204);
    for (const id of ids) {
      expect((await owned(id)).endUserContext.systemLabels).toEqual(['Archive']);
      expect(await told(id)).toEqual([LABELS]);
    }
  });

  test('stay where they are when one of them is not there for the caller, and those are named', async () => {
    const [fine, deleted, foreign] = await Promise.all([
      create(app),
      create(app),
      create(app, { party: 'urn:altinn:organization:identifier-no:314005627' }),
    ]);
    await app.send('DELETE', `/serviceowner/dialogs/${deleted}`);
    const missing = '01a20969-25e6-701d-a871-c088d15c788c';
    const { status, body } = await bulk({
      dialogs: dialogs(fine, deleted, foreign, missing),
      addLabels: ['Bin'],
    });
    expect([status, body.code]).toEqual([404, 'not-found']);
    expect(new Set(body.dialogIds)).toEqual(new Set([deleted, foreign, missing]));
    expect((await owned(fine)).endUserContext.systemLabels).toEqual(['Default']);
    expect(await told(fine)).toEqual([]);
  });

  test('stay where they are when one of their contexts has changed', async () => {
    const [one, other] = await Promise.all([create(app), create(app)]);
    const { revision } = (await owned(one)).endUserContext;
    await label(one, { addLabels: ['Bin'] });
    const { status, body } = await bulk({
      dialogs: [{ dialogId: other }, { dialogId: one, endUserContextRevision: revision }],
      addLabels: ['Archive'],
    });
    expect([status, body.dialogIds]).toEqual([412, [one]]);
    expect((await owned(other)).endUserContext.systemLabels).toEqual(['Default']);
  });

  test('are 1–100, each named once', async () => {
    const id = await create(app);
    expect((await bulk({ dialogs: [], addLabels: ['Bin'] })).status).toBe(400);
    expect((await bulk({ addLabels: ['Bin'] })).status).toBe(400);
    expect((await bulk({ dialogs: dialogs(id, id), addLabels: ['Bin'] })).status).toBe(400);
    const many = Array.from(
      { length: 101 },
      (_, index) => `01a20969-25e6-701d-a871-${String(index).padStart(12, '0')}`,
    );
    expect((await bulk({ dialogs: dialogs(...many), addLabels: ['Bin'] })).status).toBe(400);
  });

  test('named in opposite orders by requests at the same moment do not block each other', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => create(app)));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        bulk({
          dialogs: dialogs(...(index % 2 === 0 ? ids : ids.toReversed())),
          addLabels: [index % 2 === 0 ? 'Bin' : 'Archive'],
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(204));
    const places = await Promise.all(ids.map(async (id) => (await owned(id)).endUserContext.systemLabels[0]));
    expect(new Set(places).size).toBe(1);
  });
});

describe('a service owner', () => {
  const onBehalf = (urn: string) => `?enduserId=${urn}`;

  test('changes labels on behalf of a person, who stands in the log', async () => {
    const id = await create(app);
    const { status, headers } = await labelAsOwner(
      id,
      { addLabels: ['Bin'] },
      { query: onBehalf(READER.urn) },
    );
    expect(status).toBe(204);
    expect((await owned(id)).endUserContext).toEqual({
      revision: headers.get('etag'),
      systemLabels: ['Bin'],
    });
    expect((await log(id))[0]!.performedBy).toEqual({
      actorType: 'PartyRepresentative',
      actorId: 'masked:713',
      actorName: 'KARI NORDMANN',
    });
  });

  test('does what that person may, with its own dialogs', async () => {
    const id = await create(app);
    const wish = { addLabels: ['Bin'] };
    expect((await labelAsOwner(id, wish, { query: onBehalf(STRANGER.urn) })).status).toBe(404);
    const query = onBehalf(READER.urn);
    expect((await labelAsOwner(id, wish, { query, as: 'otherOwner' })).status).toBe(404);
    expect((await labelAsOwner(id, wish, { query: onBehalf(PARTY) })).status).toBe(400);
    const ofSomebody = { ...wish, performedBy: { actorType: 'ServiceOwner' } };
    expect((await labelAsOwner(id, ofSomebody, { query })).status).toBe(400);
  });

  test('needs the admin scope to do it on nobody’s behalf, and may then say who did it', async () => {
    const letter = await app.send<string>('POST', '/serviceowner/dialogs', {
      as: 'letters',
      body: letterBody(),
    });
    const id = letter.body;
    const wish = { addLabels: ['Archive'] };
    const refused = await labelAsOwner(id, wish);
    expect([refused.status, refused.body.code]).toEqual([403, 'scope-missing']);
    expect((await labelAsOwner(id, wish, { as: 'admin' })).status).toBe(204);
    const performedBy = { actorType: 'PartyRepresentative', actorId: SECOND_READER.urn };
    const named = { removeLabels: ['Archive'], performedBy };
    expect((await labelAsOwner(id, named, { as: 'admin' })).status).toBe(204);
    const unknown = { ...named, performedBy: { ...performedBy, actorId: STRANGER.urn } };
    expect((await labelAsOwner(id, unknown, { as: 'admin' })).status).toBe(422);
    expect(
      (await log(id)).map(({ performedBy: { actorName, actorType } }) => actorName ?? actorType),
    ).toEqual(['OLA NORDMANN', 'ServiceOwner']);
  });

  test('changes those of up to 200 dialogs at once', async () => {
    const ids = await Promise.all([create(app), create(app)]);
    const path = `/serviceowner/dialogs/endusercontext/systemlabels/actions/bulkset?EndUserId=${READER.urn}`;
    const body = { dialogs: ids.map((dialogId) => ({ dialogId })), addLabels: ['Bin'] };
    expect((await app.send('POST', path, { body })).status).toBe(204);
    expect((await app.send('POST', path, { body, as: 'otherOwner' })).status).toBe(404);
    for (const id of ids) expect((await owned(id)).endUserContext.systemLabels).toEqual(['Bin']);
  });

  test('lists the end-user contexts of a party page by page', async () => {
    const party = 'urn:altinn:organization:identifier-no:313130983';
    const [one, other, third] = [
      await create(app, { party, systemLabel: 'Bin' }),
      await create(app, { party, systemLabel: 'Archive' }),
      await create(app, { party }),
    ];
    interface ContextPage {
      readonly items: readonly { readonly dialogId: string; readonly systemLabels: readonly string[] }[];
      readonly hasNextPage: boolean;
      readonly continuationToken: string;
    }
    const list = (query: string) =>
      app.send<ContextPage>('GET', `/serviceowner/dialogs/endusercontext?${query}`, { as: 'searcher' });
    const { body } = await list(`party=${party}&label=bin&label=Archive&limit=1`);
    const { revision } = (await owned(other)).endUserContext;
    expect(body).toMatchObject({
      items: [{ dialogId: other, endUserContextRevision: revision, systemLabels: ['Archive'] }],
      hasNextPage: true,
    });
    const next = await list(
      `party=${party}&label=bin&label=Archive&limit=1&continuationToken=${body.continuationToken}`,
    );
    expect(next.body).toMatchObject({ items: [{ dialogId: one }], hasNextPage: false });
    const all = await list(`party=${party}`);
    expect(all.body.items.map(({ dialogId }) => dialogId)).toEqual([third, other, one]);
    expect((await list('label=Bin')).status).toBe(400);
  });
});
