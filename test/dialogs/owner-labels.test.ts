import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { releaseDialog } from '../../src/dialogs/release.ts';
import { type AppUnderTest, type Asked, create, openApp } from '../support/dialog-client.ts';
import { eventsOf, shortTypes } from '../support/event-log.ts';

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const at = (id: string) => `/serviceowner/dialogs/${id}/context/labels`;
const add = (id: string, value: string, more: Asked = {}) =>
  app.send<{ code: string }>('POST', at(id), { body: { value }, ...more });
const remove = (id: string, label: string, more: Asked = {}) =>
  app.send<{ code: string }>('DELETE', `${at(id)}/${encodeURIComponent(label)}`, more);
const list = async (id: string) =>
  (await app.send<{ value: string }[]>('GET', at(id))).body.map(({ value }) => value);

const TOLD = 'budstikka.dialog.ownerlabels.v1';

test('a label is trimmed, kept in lower case, and found and removed in any letter case', async () => {
  const id = await create(app);
  const { body: before } = await app.send<{ revision: string }>('GET', `/serviceowner/dialogs/${id}`);
  expect((await add(id, '  Haster Ærlig/Talt ')).status).toBe(204);
  expect(await list(id)).toEqual(['haster ærlig/talt']);
  const removed = await remove(id, 'HASTER ÆRLIG/TALT');
  expect(removed.status).toBe(204);
  expect(await list(id)).toEqual([]);
  expect((await remove(id, 'haster')).status).toBe(404);
  expect((await app.send('GET', `/serviceowner/dialogs/${id}`)).body).toMatchObject({
    revision: before.revision,
    serviceOwnerContext: { revision: removed.headers.get('etag') },
  });
});

test('a label that is there is a conflict', async () => {
  const id = await create(app);
  await add(id, 'haster');
  const { status, body } = await add(id, 'HASTER');
  expect([status, body.code]).toEqual([409, 'label-exists']);
});

test('there are at most 20 labels, of 3–255 characters', async () => {
  const id = await create(app, {
    serviceOwnerContext: {
      serviceOwnerLabels: Array.from({ length: 19 }, (_, i) => ({ value: `label ${i}` })),
    },
  });
  expect((await add(id, 'to')).status).toBe(400);
  expect((await add(id, 'x'.repeat(256))).status).toBe(400);
  const longest = 'ø'.repeat(255);
  expect((await add(id, longest)).status).toBe(204);
  expect((await add(id, 'one too many')).status).toBe(400);
  expect((await remove(id, longest)).status).toBe(204);
});

test('the context has a revision of its own to be checked', async () => {
  const id = await create(app);
  const first = await add(id, 'haster');
  const seen = { 'if-match': `"${first.headers.get('etag')}"` };
  expect((await add(id, 'venter', { headers: seen })).status).toBe(204);
  expect((await remove(id, 'haster', { headers: seen })).status).toBe(412);
  expect(await list(id)).toEqual(['haster', 'venter']);
});

test('a change is told to the owner alone', async () => {
  const id = await create(app);
  await add(id, 'haster');
  expect((await eventsOf(app.database, id)).map(({ audience, type }) => [audience, type])).toEqual([
    ['all', 'dialogporten.dialog.created.v1'],
    ['owner', TOLD],
  ]);
});

const comeDue = sql(
  'test.come-due',
  "UPDATE dialog SET visible_from = now() - interval '1 second' WHERE id = $1",
);

test('a change while the dialog is held back is not told to others at the release', async () => {
  const id = await create(app, { visibleFrom: '2099-01-01T00:00:00Z' });
  await add(id, 'haster');
  await app.database.query(comeDue, [id]);
  await releaseDialog(app.dialogs, id);
  const events = await eventsOf(app.database, id);
  const forOthers = events.filter(({ audience }) => audience !== 'owner');
  expect(shortTypes(forOthers)).toEqual(['created', 'budstikka.dialog.visible.v1']);
});

test('others’ dialogs, and deleted ones, are not labelled', async () => {
  const id = await create(app);
  expect((await add(id, 'haster', { as: 'otherOwner' })).status).toBe(404);
  await app.send('DELETE', `/serviceowner/dialogs/${id}`);
  expect((await add(id, 'haster')).status).toBe(410);
  expect((await app.send('GET', at(id))).status).toBe(410);
});
