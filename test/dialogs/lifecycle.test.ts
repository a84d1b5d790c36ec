import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { type AppUnderTest, create, dialogBody, type Name, openApp } from '../support/dialog-client.ts';
import { RETENTION_DAYS } from '../support/dialogs.ts';
import { eventsOf, shortTypes } from '../support/event-log.ts';

interface Dialog {
  readonly code: string;
  readonly revision: string;
  readonly updatedAt: string;
  readonly deletedAt?: string;
}

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const at = (id: string) => `/serviceowner/dialogs/${id}`;
const get = (id: string) => app.send<Dialog>('GET', at(id));
const remove = (id: string, as: Name = 'owner') => app.send<Dialog>('DELETE', at(id), { as });
const act = (id: string, action: string, as: Name = 'owner') =>
  app.send<Dialog>('POST', `${at(id)}/actions/${action}`, { as });
const told = async (id: string) => shortTypes(await eventsOf(app.database, id));

describe('a deleted dialog', () => {
  test('is told once, stays with its owner and is gone for end users', async () => {
    const id = await create(app);
    const before = await get(id);
    const { status, headers } = await remove(id);
    expect(status).toBe(204);
    const after = await get(id);
    expect(after.body.deletedAt).toMatch(/Z$/);
    expect(after.body.updatedAt).toBe(before.body.updatedAt);
    expect(after.body.revision).toBe(headers.get('etag'));
    expect(after.body.revision).not.toBe(before.body.revision);
    expect((await app.send('GET', `/enduser/dialogs/${id}`)).status).toBe(410);
    expect((await app.send('GET', `/enduser/dialogs/${id}`, { as: 'stranger' })).status).toBe(403);
    expect((await remove(id)).status).toBe(410);
    expect(await told(id)).toEqual(['created', 'deleted']);
  });

  test('takes no change', async () => {
    const id = await create(app);
    await remove(id);
    const body = [{ op: 'replace', path: '/progress', value: 1 }];
    expect((await app.send('PATCH', at(id), { body })).status).toBe(410);
    const activity = { type: 'FormSaved', performedBy: { actorType: 'ServiceOwner' } };
    expect((await app.send('POST', `${at(id)}/activities`, { body: activity })).status).toBe(410);
    const appended = await app.send('POST', `${at(id)}/activities`, { as: 'admin', body: activity });
    expect(appended.status).toBe(201);
  });

  test('comes back with a restore, at the time it had', async () => {
    const id = await create(app);
    const before = await get(id);
    await remove(id);
    const { status, headers } = await act(id, 'restore');
    expect(status).toBe(204);
    const after = await get(id);
    expect(after.body).toEqual({ ...before.body, revision: headers.get('etag') });
    expect(await told(id)).toEqual(['created', 'deleted', 'restored']);
  });
});

test('a restore of a dialog that is not deleted changes nothing', async () => {
  const id = await create(app);
  const { body } = await get(id);
  const { status, headers } = await act(id, 'restore');
  expect([status, headers.get('etag')]).toEqual([204, body.revision]);
  expect(await told(id)).toEqual(['created']);
});

describe('a purged dialog', () => {
  const rows = sql(
    'test.left-of-dialog',
    `SELECT (SELECT count(*)::int FROM dialog WHERE id = $1) + (SELECT count(*)::int FROM activity WHERE dialog = $1)
          + (SELECT count(*)::int FROM seen_log WHERE dialog = $1)
          + (SELECT count(*)::int FROM held_event WHERE dialog = $1)
          + (SELECT count(*)::int FROM due_work WHERE key = $1::text) AS left`,
  );
  const grave = sql(
    'test.tombstone',
    `SELECT change::int AS change, dialog_sequence::int AS sequence,
            extract(day FROM expires_at - purged_at)::int AS days FROM tombstone WHERE dialog = $1`,
  );

  test('is told as deleted and leaves a tombstone and nothing else', async () => {
    const id = await create(app, {
      activities: [{ type: 'DialogCreated', performedBy: { actorType: 'ServiceOwner' } }],
    });
    await app.send('GET', `/enduser/dialogs/${id}`);
    expect((await act(id, 'purge')).status).toBe(204);
    expect(await told(id)).toEqual(['created', 'activity.created', 'updated', 'seen', 'deleted']);
    expect(await app.database.query(rows, [id])).toEqual([{ left: 0 }]);
    expect(await app.database.query(grave, [id])).toEqual([{ change: 5, sequence: 5, days: RETENTION_DAYS }]);
    expect((await get(id)).status).toBe(404);
    expect((await act(id, 'purge')).status).toBe(404);
  });

  test('that was deleted before is not told a second time', async () => {
    const id = await create(app);
    await remove(id);
    await act(id, 'purge');
    expect(await told(id)).toEqual(['created', 'deleted']);
  });

  test('gives its id to nobody else', async () => {
    const id = await create(app);
    await act(id, 'purge');
    const { status } = await app.send('POST', '/serviceowner/dialogs', { body: dialogBody({ id }) });
    expect(status).toBe(422);
  });

  test('that was held back takes its held events along', async () => {
    const id = await create(app, { visibleFrom: '2099-01-01T00:00:00Z' });
    await act(id, 'purge');
    expect(await app.database.query(rows, [id])).toEqual([{ left: 0 }]);
    const events = await eventsOf(app.database, id);
    expect(events.map(({ audience }) => audience)).toEqual(['owner', 'owner']);
  });
});

describe('a frozen dialog', () => {
  test('is changed by nobody but an administrator, and can be purged', async () => {
    const id = await create(app);
    expect((await act(id, 'freeze')).body.code).toBe('scope-missing');
    expect((await act(id, 'freeze', 'admin')).status).toBe(204);
    expect((await act(id, 'freeze', 'admin')).status).toBe(204);
    expect(await told(id)).toEqual(['created', 'updated']);
    const body = [{ op: 'replace', path: '/progress', value: 1 }];
    expect((await app.send('PATCH', at(id), { body })).status).toBe(403);
    expect((await remove(id)).status).toBe(403);
    expect((await app.send('PATCH', at(id), { as: 'admin', body })).status).toBe(204);
    expect((await act(id, 'purge')).status).toBe(204);
  });
});

describe('somebody else’s dialog', () => {
  test('is not there, for reading and for every command', async () => {
    const id = await create(app);
    const as = 'otherOwner';
    const body = { type: 'FormSaved', performedBy: { actorType: 'ServiceOwner' } };
    const answers = await Promise.all([
      app.send('GET', at(id), { as }),
      app.send('GET', `${at(id)}/seenlog`, { as }),
      app.send('PATCH', at(id), { as, body: [] }),
      app.send('PUT', at(id), { as, body: { status: 'Draft', isApiOnly: true } }),
      app.send('POST', `${at(id)}/activities`, { as, body }),
      remove(id, as),
      act(id, 'restore', as),
      act(id, 'purge', as),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(404));
    expect((await app.send('GET', at(id), { as: 'admin' })).status).toBe(200);
  });
});
