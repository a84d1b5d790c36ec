import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppUnderTest, create, type Name, openApp } from '../support/dialog-client.ts';
import { eventsOf } from '../support/event-log.ts';

interface Dialog {
  readonly revision: string;
  readonly updatedAt: string;
  readonly activities: readonly { readonly createdAt: string }[];
}

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const at = (id: string) => `/serviceowner/dialogs/${id}`;
const get = async (id: string) => (await app.send<Dialog>('GET', at(id))).body;
const add = async (id: string, type: string) => {
  const body = { type, performedBy: { actorType: 'ServiceOwner' } };
  return (await app.send<string>('POST', `${at(id)}/activities`, { body })).body;
};

interface More {
  readonly as?: Name;
  readonly headers?: Record<string, string>;
}

function retime([id, activity]: readonly [string, string], newCreatedAt: unknown, more: More = {}) {
  const path = `${at(id)}/activities/${activity}/actions/updateFormSavedActivityTime`;
  return app.send<{ code: string }>('POST', path, { as: 'admin', body: { newCreatedAt }, ...more });
}

test('an administrator moves the time of a saved form, and nobody is told', async () => {
  const id = await create(app);
  const activity = await add(id, 'FormSaved');
  const before = await get(id);
  const told = (await eventsOf(app.database, id)).length;
  const { status, headers } = await retime([id, activity], '2020-01-01T01:00:00+01:00');
  const after = await get(id);
  expect([status, headers.get('etag')]).toEqual([204, after.revision]);
  expect(after.activities[0]!.createdAt).toBe('2020-01-01T00:00:00.0000000Z');
  expect(after.updatedAt).toBe(before.updatedAt);
  expect(after.revision).not.toBe(before.revision);
  expect(await eventsOf(app.database, id)).toHaveLength(told);
  await retime([id, activity], '2020-01-01T00:00:00Z');
  expect((await get(id)).revision).toBe(after.revision);
});

test('a form that was saved later moves the dialog with it, a deleted one too', async () => {
  const id = await create(app);
  const activity = await add(id, 'FormSaved');
  await app.send('DELETE', at(id));
  expect((await retime([id, activity], '2099-01-01T00:00:00Z')).status).toBe(204);
  expect((await get(id)).updatedAt).toBe('2099-01-01T00:00:00.0000000Z');
});

test('others, other activities, other revisions and what is no time are refused', async () => {
  const id = await create(app);
  const activity = await add(id, 'FormSaved');
  const time = '2020-01-01T00:00:00Z';
  expect((await retime([id, activity], time, { as: 'owner' })).body.code).toBe('scope-missing');
  expect((await retime([id, await add(id, 'FormSubmitted')], time)).body.code).toBe('rule-broken');
  expect((await retime([id, id], time)).body.code).toBe('not-found');
  const stale = { headers: { 'if-match': activity } };
  expect((await retime([id, activity], time, stale)).body.code).toBe('revision-mismatch');
  expect((await retime([id, activity], 'yesterday')).status).toBe(400);
});
