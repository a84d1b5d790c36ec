import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { laneOf, releaseDialog } from '../../src/dialogs/release.ts';
import { fromEpoch, wallClock } from '../../src/lib/time.ts';
import { type AppUnderTest, create, openApp } from '../support/dialog-client.ts';
import { eventsOf, type LoggedEvent, shortTypes } from '../support/event-log.ts';

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const at = (id: string) => `/serviceowner/dialogs/${id}`;
const LATER = '2099-01-01T00:00:00.0000000Z';
const createHeld = () => create(app, { visibleFrom: LATER });
const patch = (id: string, value: number) =>
  app.send('PATCH', at(id), { body: [{ op: 'replace', path: '/progress', value }] });

const moveVisibility = sql(
  'test.move-visibility',
  "UPDATE dialog SET visible_from = now() - interval '1 second', updated_at = now() - interval '1 second' WHERE id = $1",
);
/** Lets the time of release come. */
const comeDue = (id: string) => app.database.query(moveVisibility, [id]);

const told = (id: string) => eventsOf(app.database, id);
const forOthers = (events: LoggedEvent[]) => events.filter(({ audience }) => audience !== 'owner');
const forOwner = (events: LoggedEvent[]) => events.filter(({ audience }) => audience !== 'others');
const VISIBLE = 'budstikka.dialog.visible.v1';

describe('a dialog that is held back', () => {
  test('has all its times at the moment it becomes visible', async () => {
    const id = await createHeld();
    const { body } = await app.send('GET', at(id));
    expect(body).toMatchObject({ createdAt: LATER, updatedAt: LATER, contentUpdatedAt: LATER });
    await patch(id, 1);
    expect((await app.send('GET', at(id))).body).toMatchObject({ updatedAt: LATER, contentUpdatedAt: LATER });
  });

  test('tells its owner alone', async () => {
    const id = await createHeld();
    await patch(id, 1);
    const events = await told(id);
    expect(shortTypes(events)).toEqual(['created', 'updated']);
    expect(events.every(({ audience }) => audience === 'owner')).toBe(true);
  });

  test('is not there for end users, who are told when it will be', async () => {
    const id = await createHeld();
    const { status, headers, body } = await app.send<{ detail: string }>('GET', `/enduser/dialogs/${id}`);
    expect(status).toBe(404);
    expect(headers.get('expires')).toBe('Thu, 01 Jan 2099 00:00:00 GMT');
    expect(body.detail).toContain('not visible until');
  });

  test('leaves work for the timer, in a lane of its id', async () => {
    const id = await createHeld();
    const due = sql('test.due', 'SELECT lane, due_at AS at FROM due_work WHERE kind = $1 AND key = $2');
    expect(await app.database.query(due, ['release', id])).toEqual([{ lane: laneOf(id), at: LATER }]);
  });
});

describe('the release', () => {
  test('waits for its time', async () => {
    const id = await createHeld();
    expect(await releaseDialog(app.dialogs, id)).toBe(false);
    expect(shortTypes(await told(id))).toEqual(['created']);
  });

  test('tells everybody else the same ids, bytes and numbers, in order, and happens once', async () => {
    const id = await createHeld();
    await patch(id, 1);
    await patch(id, 2);
    await comeDue(id);
    const hints = app.hints();
    expect(await releaseDialog(app.dialogs, id)).toBe(true);
    expect(await releaseDialog(app.dialogs, id)).toBe(true);
    expect(app.hints()).toBe(hints + 1);
    const events = await told(id);
    expect(shortTypes(forOthers(events))).toEqual(['created', 'updated', 'updated', VISIBLE]);
    expect(shortTypes(forOwner(events))).toEqual(['created', 'updated', 'updated', VISIBLE]);
    const same = ({ id: event, bytes, dialogSequence }: LoggedEvent) => ({ event, bytes, dialogSequence });
    expect(forOthers(events).map(same)).toEqual(forOwner(events).map(same));
    expect(events.map(({ change }) => change)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test.each([
    ['a change', (id: string) => patch(id, 7), ['updated']],
    [
      'a reading that marks seen',
      (id: string) => app.send('GET', `/enduser/dialogs/${id}`),
      ['updated', 'seen'],
    ],
    ['a delete', (id: string) => app.send('DELETE', at(id)), ['deleted']],
    ['a purge', (id: string) => app.send('POST', `${at(id)}/actions/purge`), ['deleted']],
    ['a silent change', (id: string) => app.send('PATCH', `${at(id)}?isSilentUpdate=true`, { body: [] }), []],
  ])('comes first when %s is first after the time', async (_, act, own) => {
    const id = await createHeld();
    await comeDue(id);
    expect((await act(id)).status).toBeLessThan(300);
    const events = await told(id);
    expect(shortTypes(forOthers(events))).toEqual(['created', VISIBLE, ...own]);
    expect(events.slice(2).every(({ audience }) => audience === 'all')).toBe(true);
    const numbers = forOthers(events).flatMap(({ dialogSequence }) => dialogSequence ?? []);
    expect(numbers).toEqual(numbers.map((__, index) => index + 1));
  });

  test('happens once when timer, writers and readers come together', async () => {
    const id = await createHeld();
    await comeDue(id);
    await Promise.all([
      releaseDialog(app.dialogs, id),
      releaseDialog(app.dialogs, id),
      patch(id, 1),
      app.send('GET', `/enduser/dialogs/${id}`),
      app.send('GET', `/enduser/dialogs/${id}`, { as: 'secondReader' }),
    ]);
    const events = await told(id);
    expect(shortTypes(events).filter((type) => type === VISIBLE)).toHaveLength(1);
    expect(shortTypes(forOthers(events)).slice(0, 2)).toEqual(['created', VISIBLE]);
    expect(shortTypes(forOthers(events)).filter((type) => type === 'created')).toHaveLength(1);
  });

  test('does not happen to a dialog that is deleted; a restore makes up for it', async () => {
    const id = await createHeld();
    await app.send('DELETE', at(id));
    await comeDue(id);
    expect(await releaseDialog(app.dialogs, id)).toBe(true);
    expect(forOthers(await told(id))).toEqual([]);
    await app.send('POST', `${at(id)}/actions/restore`);
    expect(shortTypes(forOthers(await told(id)))).toEqual(['created', 'deleted', VISIBLE, 'restored']);
  });

  test('waits when a dialog is restored before its time', async () => {
    const id = await createHeld();
    await app.send('DELETE', at(id));
    await app.send('POST', `${at(id)}/actions/restore`);
    expect(forOthers(await told(id))).toEqual([]);
    await comeDue(id);
    await releaseDialog(app.dialogs, id);
    expect(shortTypes(forOthers(await told(id)))).toEqual(['created', 'deleted', 'restored', VISIBLE]);
  });

  test('of a dialog that is gone is nothing to do', async () => {
    const id = await createHeld();
    await app.send('POST', `${at(id)}/actions/purge`);
    expect(await releaseDialog(app.dialogs, id)).toBe(true);
  });
});

test('a dialog whose visibleFrom has passed when it is created is not held', async () => {
  const visibleFrom = fromEpoch(wallClock() - 1000);
  const { body: id } = await app.send<string>('POST', '/serviceowner/dialogs', {
    as: 'admin',
    body: {
      serviceResource: 'urn:altinn:resource:super-simple-service',
      party: 'urn:altinn:organization:identifier-no:310923044',
      isApiOnly: true,
      visibleFrom,
    },
  });
  const [event] = await told(id);
  expect(event!.audience).toBe('all');
});
