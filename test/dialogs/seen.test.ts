import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { lockDialog } from '../../src/dialogs/queries.ts';
import { readWhole } from '../../src/dialogs/read-queries.ts';
import { markSeen } from '../../src/dialogs/seen.ts';
import { type AppUnderTest, create, type Name, openApp } from '../support/dialog-client.ts';
import { READER, SECOND_READER } from '../support/dialogs.ts';
import { eventsOf, shortTypes } from '../support/event-log.ts';
import { until } from '../support/until.ts';

interface SeenEntry {
  readonly id: string;
  readonly seenAt: string;
  readonly isViaServiceOwner: boolean;
  readonly isCurrentEndUser: boolean;
  readonly seenBy: { readonly actorId: string; readonly actorName?: string };
}

interface Dialog {
  readonly isContentSeen: boolean;
  readonly revision: string;
  readonly updatedAt: string;
  readonly seenSinceLastUpdate: SeenEntry[];
  readonly seenSinceLastContentUpdate: SeenEntry[];
}

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const LABELS = 'budstikka.dialog.labels.v1';
const read = (id: string, as: Name = 'reader') => app.send<Dialog>('GET', `/enduser/dialogs/${id}`, { as });
const owned = async (id: string, query = '') =>
  (await app.send<Dialog>('GET', `/serviceowner/dialogs/${id}${query}`)).body;
const patch = (id: string, path: string, value: unknown) =>
  app.send('PATCH', `/serviceowner/dialogs/${id}`, { body: [{ op: 'replace', path, value }] });
const told = async (id: string) => shortTypes(await eventsOf(app.database, id)).slice(1);

test('two readings by the same user are told once, as updated and seen', async () => {
  const id = await create(app);
  const before = await owned(id);
  expect(before.isContentSeen).toBe(false);
  const { body } = await read(id);
  expect((await read(id)).status).toBe(200);
  expect(await told(id)).toEqual(['updated', 'seen']);
  const after = await owned(id);
  expect(after).toMatchObject({
    isContentSeen: true,
    revision: before.revision,
    updatedAt: before.updatedAt,
  });
  expect(after.seenSinceLastUpdate).toMatchObject([{ seenBy: { actorId: READER.urn } }]);
  expect(body.seenSinceLastUpdate[0]).toMatchObject({
    id: after.seenSinceLastUpdate[0]!.id,
    isCurrentEndUser: true,
    isViaServiceOwner: false,
    seenBy: { actorId: 'masked:713', actorName: 'KARI NORDMANN' },
  });
});

test('the event carries the id of the entry and says nothing of who it was', async () => {
  const id = await create(app);
  await read(id);
  const events = await eventsOf(app.database, id);
  const seen = JSON.parse(events[2]!.bytes);
  expect(seen.id).toBe((await owned(id)).seenSinceLastUpdate[0]!.id);
  expect(seen).not.toHaveProperty('data');
  expect(events[2]!.bytes).not.toContain(READER.identity().pid);
});

test('reading, changing, reading: each reading after a change is told again', async () => {
  const id = await create(app);
  await read(id);
  await patch(id, '/externalReference', 'sak-2');
  await read(id);
  await patch(id, '/status', 'InProgress');
  await read(id);
  expect(await told(id)).toEqual([
    'updated',
    'seen',
    'updated',
    'updated',
    'seen',
    'updated',
    'updated',
    'seen',
  ]);
  const { seenSinceLastUpdate, seenSinceLastContentUpdate } = await owned(id);
  expect([seenSinceLastUpdate.length, seenSinceLastContentUpdate.length]).toEqual([1, 1]);
});

test('after a change that is not content, the other user’s entry still counts for the content', async () => {
  const id = await create(app);
  await read(id);
  await patch(id, '/externalReference', 'sak-2');
  await read(id, 'secondReader');
  const { seenSinceLastUpdate, seenSinceLastContentUpdate } = await owned(id);
  expect(seenSinceLastUpdate.map(({ seenBy }) => seenBy.actorId)).toEqual([SECOND_READER.urn]);
  expect(seenSinceLastContentUpdate.map(({ seenBy }) => seenBy.actorId)).toEqual([
    SECOND_READER.urn,
    READER.urn,
  ]);
});

test('eight readings at the same moment all succeed and are told once', async () => {
  const id = await create(app);
  const answers = await Promise.all(Array.from({ length: 8 }, () => read(id)));
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(await told(id)).toEqual(['updated', 'seen']);
  const ids = answers.map(({ body }) => body.seenSinceLastUpdate.map((entry) => entry.id));
  expect(new Set(ids.flat()).size).toBe(1);
});

test('eight readings at the same moment of what was marked as unopened all succeed, and take the mark once', async () => {
  const id = await create(app);
  await read(id);
  await app.send('PUT', `/enduser/dialogs/${id}/context/systemlabels`, {
    body: { addLabels: ['MarkedAsUnopened'] },
  });
  const answers = await Promise.all(Array.from({ length: 8 }, () => read(id)));
  expect(answers.every(({ status, body }) => status === 200 && body.isContentSeen)).toBe(true);
  const ids = answers.map(({ body }) => body.seenSinceLastUpdate.map((entry) => entry.id));
  expect(new Set(ids.flat()).size).toBe(1);
  expect(await told(id)).toEqual(['updated', 'seen', LABELS, 'updated', 'seen', LABELS]);
  expect((await owned(id)).seenSinceLastUpdate).toHaveLength(1);
});

test('a reading that cannot be noted in time is answered, and the next one is noted', async () => {
  const id = await create(app);
  await app.database.transaction(async (writer) => {
    await lockDialog(writer, id);
    // The writer speaks every now and then, as one does whose session is to live.
    const answered = read(id);
    let done = false;
    void answered.finally(() => (done = true));
    await until('the reading is answered', async () => (await lockDialog(writer, id)) && done);
    const { status, body } = await answered;
    expect([status, body.isContentSeen, body.seenSinceLastUpdate]).toEqual([200, false, []]);
  });
  expect(await told(id)).toEqual([]);
  expect((await read(id)).body.seenSinceLastUpdate).toHaveLength(1);
  expect(await told(id)).toEqual(['updated', 'seen']);
});

test('a mark that came after what was read stays', async () => {
  const id = await create(app);
  const finish = await begin(id);
  await app.database.query(mark, [id]);
  await finish();
  expect((await owned(id)).isContentSeen).toBe(false);
  await read(id);
  expect((await owned(id)).isContentSeen).toBe(true);
});

test('a register that does not answer costs the name, which is filled in later', async () => {
  const id = await create(app);
  app.register.down = true;
  const { status, body } = await read(id);
  expect(status).toBe(200);
  expect(body.seenSinceLastUpdate[0]!.seenBy).toEqual({
    actorType: 'PartyRepresentative',
    actorId: 'masked:713',
  });
  app.register.down = false;
  expect((await owned(id)).seenSinceLastUpdate[0]!.seenBy.actorName).toBe('KARI NORDMANN');
  app.register.down = true;
  expect((await owned(id)).seenSinceLastUpdate[0]!.seenBy.actorName).toBe('KARI NORDMANN');
  app.register.down = false;
  expect(await told(id)).toEqual(['updated', 'seen']);
});

test('a service owner’s own reading is not noted; one on behalf of a person is', async () => {
  const id = await create(app);
  await owned(id);
  expect(await told(id)).toEqual([]);
  const { seenSinceLastUpdate } = await owned(id, `?EndUserId=${READER.urn.toUpperCase()}`);
  expect(seenSinceLastUpdate).toMatchObject([{ isViaServiceOwner: true, isCurrentEndUser: true }]);
  expect(await told(id)).toEqual(['updated', 'seen']);
});

test('on behalf of a person, the service owner sees only what that person may', async () => {
  const id = await create(app);
  const stranger = await app.send(
    'GET',
    `/serviceowner/dialogs/${id}?endUserId=urn:altinn:person:identifier-no:12855515545`,
  );
  expect(stranger.status).toBe(404);
  const organisation = await app.send(
    'GET',
    `/serviceowner/dialogs/${id}?endUserId=urn:altinn:organization:identifier-no:310923044`,
  );
  expect(organisation.status).toBe(400);
});

const mark = sql(
  'test.mark-unopened',
  `UPDATE dialog SET system_labels = '{Default,MarkedAsUnopened}' WHERE id = $1`,
);

test('a dialog that was marked as unopened is opened by reading it, and told as seen only once more', async () => {
  const id = await create(app);
  await read(id);
  await app.database.query(mark, [id]);
  expect((await owned(id)).isContentSeen).toBe(false);
  const { body } = await read(id);
  expect(body.isContentSeen).toBe(true);
  await app.database.query(mark, [id]);
  await read(id);
  expect((await owned(id)).isContentSeen).toBe(true);
  expect(await told(id)).toEqual(['updated', 'seen', 'updated', 'seen', LABELS, 'updated', LABELS]);
});

/** A reading that has begun and is not noted yet. */
async function begin(id: string): Promise<() => Promise<unknown>> {
  const found = await readWhole(app.database, id);
  return () => markSeen(app.dialogs, { ...found!, user: READER.urn, viaOwner: false, trace: null });
}

test('content that came after what was read is not marked as seen', async () => {
  const id = await create(app);
  const finish = await begin(id);
  await patch(id, '/status', 'Completed');
  await finish();
  expect((await owned(id)).isContentSeen).toBe(false);
  expect(await told(id)).toEqual(['updated', 'updated', 'seen']);
});

test('nothing is told of a reading that ends after the dialog was deleted or purged', async () => {
  const deleted = await create(app);
  const purged = await create(app);
  const finish = await Promise.all([begin(deleted), begin(purged)]);
  await app.send('DELETE', `/serviceowner/dialogs/${deleted}`);
  await app.send('POST', `/serviceowner/dialogs/${purged}/actions/purge`);
  await Promise.all(finish.map((each) => each()));
  expect(await told(deleted)).toEqual(['deleted']);
  expect(await told(purged)).toEqual(['deleted']);
});
