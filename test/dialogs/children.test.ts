import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACTIVITY_TYPES } from '../../src/dialogs/model.ts';
import { wallClock } from '../../src/lib/time.ts';
import { uuidv7 } from '../../src/lib/uuid.ts';
import {
  type AppUnderTest,
  create,
  letterBody,
  type Name,
  openApp,
  plain,
} from '../support/dialog-client.ts';
import { CORRESPONDENCE, PARTY, READER } from '../support/dialogs.ts';
import { eventsOf, shortTypes } from '../support/event-log.ts';

interface Problem {
  readonly code: string;
  readonly errors?: Record<string, string[]>;
  readonly transmissionId?: string;
}

interface Dialog {
  readonly hasUnopenedContent: boolean;
  readonly fromServiceOwnerTransmissionsCount: number;
  readonly fromPartyTransmissionsCount: number;
  readonly transmissions: { readonly id: string; readonly isOpened: boolean }[];
}

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const at = (id: string) => `/serviceowner/dialogs/${id}`;
const get = async (id: string) => (await app.send<Dialog>('GET', at(id))).body;
const owner = { actorType: 'ServiceOwner' };
const letter = (more: object = {}) => ({
  type: 'Information',
  sender: owner,
  content: { title: plain('Brev') },
  ...more,
});
const addTransmission = (id: string, more: object = {}, as: Name = 'owner') =>
  app.send<Problem & string>('POST', `${at(id)}/transmissions`, { as, body: letter(more) });
const addActivity = (id: string, body: object, as: Name = 'owner') =>
  app.send<Problem & string>('POST', `${at(id)}/activities`, {
    as,
    body: { performedBy: owner, ...body },
  });
const told = async (id: string) => shortTypes(await eventsOf(app.database, id));

describe('a transmission', () => {
  test('is appended, told after updated, and answered with its id and place', async () => {
    const id = await create(app);
    const { status, body: child, headers } = await addTransmission(id);
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/dialogporten/api/v1${at(id)}/transmissions/${child}`);
    expect(headers.get('etag')).toBe((await app.send('GET', at(id))).headers.get('etag'));
    expect(await told(id)).toEqual(['created', 'updated', 'transmission.created']);
    const [, , event] = await eventsOf(app.database, id);
    expect(JSON.parse(event!.bytes).data).toEqual({ senderType: 'ServiceOwner' });
  });

  test('of the service owner is unopened until an activity says otherwise', async () => {
    const id = await create(app);
    expect((await get(id)).hasUnopenedContent).toBe(false);
    const { body: transmissionId } = await addTransmission(id);
    expect(await get(id)).toMatchObject({
      hasUnopenedContent: true,
      fromServiceOwnerTransmissionsCount: 1,
      fromPartyTransmissionsCount: 0,
      transmissions: [{ isOpened: false }],
    });
    await addActivity(id, { type: 'TransmissionOpened', transmissionId });
    expect(await get(id)).toMatchObject({ hasUnopenedContent: false, transmissions: [{ isOpened: true }] });
    await addTransmission(id, { type: 'Submission' });
    expect(await get(id)).toMatchObject({ hasUnopenedContent: false, fromPartyTransmissionsCount: 1 });
  });

  test('is appended once for an idempotent key; the second answer names it', async () => {
    const id = await create(app);
    const { body: transmissionId } = await addTransmission(id, { idempotentKey: 'brev-1' });
    const { status, body } = await addTransmission(id, { idempotentKey: 'brev-1' });
    expect([status, body.code, body.transmissionId]).toEqual([409, 'idempotent-key-used', transmissionId]);
    expect((await addTransmission(await create(app), { idempotentKey: 'brev-1' })).status).toBe(201);
  });

  test('keeps its id to itself, within the dialog and across dialogs', async () => {
    const id = await create(app);
    const { body: child } = await addTransmission(id);
    const again = await addTransmission(id, { id: child });
    expect([again.status, again.body.errors]).toEqual([422, { id: ['is in use already'] }]);
    expect((await addTransmission(await create(app), { id: child })).status).toBe(422);
  });

  test('answers one that exists, in a bounded tree without circles', async () => {
    const id = await create(app);
    const { body: first } = await addTransmission(id);
    expect((await addTransmission(id, { relatedTransmissionId: first })).status).toBe(201);
    const self = uuidv7(wallClock());
    const other = uuidv7(wallClock());
    const nowhere = await addTransmission(id, { relatedTransmissionId: other });
    expect([nowhere.status, nowhere.body.errors]).toEqual([
      422,
      { relatedTransmissionId: ['must be a transmission of this dialog'] },
    ]);
    expect((await addTransmission(id, { id: self, relatedTransmissionId: self })).status).toBe(422);
    const circle = [
      { op: 'add', path: '/transmissions/-', value: letter({ id: self, relatedTransmissionId: other }) },
      { op: 'add', path: '/transmissions/-', value: letter({ id: other, relatedTransmissionId: self }) },
    ];
    expect((await app.send('PATCH', at(id), { body: circle })).status).toBe(422);
  });

  test('may be answered a hundred times and no more', async () => {
    const root = uuidv7(wallClock());
    const replies = Array.from({ length: 101 }, () => letter({ relatedTransmissionId: root }));
    const transmissions = [letter({ id: root }), ...replies];
    const body = { serviceResource: CORRESPONDENCE, party: PARTY, isApiOnly: true, transmissions };
    const made = await app.send<Problem>('POST', '/serviceowner/dialogs', { as: 'letters', body });
    expect(made.status).toBe(422);
    const fewer = { ...body, transmissions: transmissions.slice(0, 101) };
    expect((await app.send('POST', '/serviceowner/dialogs', { as: 'letters', body: fewer })).status).toBe(
      201,
    );
  });

  test('may stand a hundred replies deep and no deeper', async () => {
    const ids = Array.from({ length: 102 }, (_, index) => uuidv7(wallClock() - index));
    const transmissions = ids.map((id, index) =>
      letter({ id, ...(index > 0 && { relatedTransmissionId: ids[index - 1] }) }),
    );
    const send = (count: number) =>
      app.send('POST', '/serviceowner/dialogs', {
        as: 'letters',
        body: letterBody({ transmissions: transmissions.slice(0, count) }),
      });
    expect((await send(102)).status).toBe(422);
    expect((await send(101)).status).toBe(201);
  });

  test('needs content unless the dialog is for machines only', async () => {
    const id = await create(app);
    const { status, body } = await addTransmission(id, { content: undefined });
    expect([status, Object.keys(body.errors ?? {})]).toEqual([400, ['content']]);
    const machine = await create(app, { isApiOnly: true, content: undefined });
    expect((await addTransmission(machine, { content: undefined })).status).toBe(201);
  });
});

describe('an activity', () => {
  test.each(Object.entries(ACTIVITY_TYPES))('of type %s is told as %s', async (type, suffix) => {
    const id = await create(app);
    const { body: transmissionId } = await addTransmission(id);
    const extra = {
      ...(type === 'TransmissionOpened' && { transmissionId }),
      ...(type === 'Information' && { description: [{ languageCode: 'nb', value: 'Hei' }] }),
    };
    const { status } = await addActivity(id, { type, ...extra }, 'letters');
    expect(status).toBe(201);
    const events = await eventsOf(app.database, id);
    expect(shortTypes(events).slice(-2)).toEqual(['updated', `activity.${suffix}`]);
  });

  test('moves no content time', async () => {
    const id = await create(app);
    const before = await app.send<{ contentUpdatedAt: string }>('GET', at(id));
    await addActivity(id, { type: 'FormSaved' });
    const after = await app.send<{ contentUpdatedAt: string }>('GET', at(id));
    expect(after.body.contentUpdatedAt).toBe(before.body.contentUpdatedAt);
  });

  test('must suit its type', async () => {
    const id = await create(app);
    const description = [{ languageCode: 'nb', value: 'Hei' }];
    const faulty: [object, string, number][] = [
      [{ type: 'Information' }, 'description', 400],
      [{ type: 'FormSaved', description }, 'description', 400],
      [{ type: 'TransmissionOpened' }, 'transmissionId', 400],
      [{ type: 'FormSaved', transmissionId: uuidv7(wallClock()) }, 'transmissionId', 400],
      [{ type: 'TransmissionOpened', transmissionId: uuidv7(wallClock()) }, 'transmissionId', 422],
      [{ type: 'FormSaved', performedBy: { ...owner, actorName: 'x' } }, 'performedBy', 400],
      [{ type: 'Nothing' }, 'type', 400],
    ];
    for (const [body, path, expected] of faulty) {
      const answer = await addActivity(id, body);
      expect([answer.status, Object.keys(answer.body.errors ?? {})]).toEqual([expected, [path]]);
    }
  });

  test('of a correspondence needs its scope', async () => {
    const id = await create(app);
    expect((await addActivity(id, { type: 'CorrespondenceOpened' })).body.code).toBe('scope-missing');
  });

  test('says that a correspondence is opened', async () => {
    const body = letterBody();
    const { body: id } = await app.send<string>('POST', '/serviceowner/dialogs', { as: 'letters', body });
    await addActivity(id, { type: 'CorrespondenceOpened' }, 'letters');
    expect((await get(id)).hasUnopenedContent).toBe(false);
  });
});

describe('read on their own', () => {
  test('activities, transmissions and the seen log show what their schemas say, and are not noted', async () => {
    const id = await create(app);
    const { body: transmission } = await addTransmission(id);
    const performedBy = { actorType: 'PartyRepresentative', actorId: READER.urn };
    const { body: activity } = await addActivity(id, { type: 'DialogOpened', performedBy });
    await app.send('GET', `/enduser/dialogs/${id}`);
    const before = await told(id);
    const list = async (path: string) => (await app.send<{ id: string }[]>('GET', path)).body;
    for (const side of ['serviceowner', 'enduser']) {
      const root = `/${side}/dialogs/${id}`;
      const actorId = side === 'enduser' ? 'masked:713' : READER.urn;
      expect(await list(`${root}/activities`)).toMatchObject([{ id: activity, type: 'DialogOpened' }]);
      expect((await app.send('GET', `${root}/activities/${activity}`)).body).toMatchObject({
        performedBy: { actorId, actorName: 'KARI NORDMANN' },
      });
      expect(await list(`${root}/transmissions`)).toMatchObject([{ id: transmission }]);
      expect((await app.send('GET', `${root}/transmissions/${transmission}`)).body).toMatchObject({
        content: { title: plain('Brev') },
      });
      const [entry] = await list(`${root}/seenlog`);
      expect(entry).toMatchObject({ seenBy: { actorId }, isViaServiceOwner: false });
      expect((await app.send('GET', `${root}/seenlog/${entry!.id}`)).body).toEqual(entry);
      for (const part of ['activities', 'transmissions', 'seenlog']) {
        const missing = await app.send('GET', `${root}/${part}/${uuidv7(wallClock())}`);
        expect(missing.status).toBe(404);
      }
    }
    expect(await told(id)).toEqual(before);
  });

  test('are not there for a stranger, and gone with the dialog', async () => {
    const id = await create(app);
    for (const part of ['activities', 'transmissions', 'seenlog']) {
      const { status } = await app.send('GET', `/enduser/dialogs/${id}/${part}`, { as: 'stranger' });
      expect(status).toBe(404);
    }
    await app.send('DELETE', at(id));
    for (const part of ['activities', 'transmissions', 'seenlog']) {
      expect((await app.send('GET', `/enduser/dialogs/${id}/${part}`)).status).toBe(410);
      expect((await app.send('GET', `${at(id)}/${part}`)).status).toBe(410);
    }
  });
});

test('a create with every activity type and a transmission is told as created, one transmission and all activities', async () => {
  const transmissionId = uuidv7(wallClock());
  const activities = Object.keys(ACTIVITY_TYPES).map((type) => ({
    type,
    performedBy: owner,
    ...(type === 'TransmissionOpened' && { transmissionId }),
    ...(type === 'Information' && { description: [{ languageCode: 'nb', value: 'Hei' }] }),
  }));
  const body = letterBody({ activities, transmissions: [letter({ id: transmissionId })] });
  const { body: id } = await app.send<string>('POST', '/serviceowner/dialogs', { as: 'letters', body });
  const types = await told(id);
  expect(types.slice(0, 2)).toEqual(['created', 'transmission.created']);
  expect(types.slice(2)).toEqual(Object.values(ACTIVITY_TYPES).map((suffix) => `activity.${suffix}`));
});
