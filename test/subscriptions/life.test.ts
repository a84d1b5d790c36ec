import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { type EventsEdge, openEventsEdge, type Tokens } from '../http/events-edge.ts';
import { COMPANY, MANAGER, SERVICE } from '../support/platform.ts';
import { until } from '../support/until.ts';
import { type Door, openDoor } from './door.ts';

const SUB_UNIT = 'urn:altinn:organization:identifier-no:313211452';

let edge: EventsEdge;
let door: Door;
beforeAll(async () => {
  edge = await openEventsEdge({ RETRY_SCHEDULE_S: '1,1', RETRY_JITTER: '0' });
});
afterAll(() => edge[Symbol.asyncDispose]());
beforeEach(async () => {
  door = await openDoor();
  return () => door[Symbol.asyncDispose]();
});

async function subscribe(who: keyof Tokens, more: Record<string, unknown> = {}): Promise<number> {
  const filter = { resourceFilter: SERVICE, subjectFilter: COMPANY };
  const answer = await edge.subscribe(edge.tokens[who], { endPoint: door.url, ...filter, ...more });
  expect(answer.status).toBe(201);
  return answer.body.id as number;
}

/** The dialogs that have been told of, in the order of their first events. */
const dialogsTold = (): unknown[] => [...new Set(door.events.map((event) => event['resourceinstance']))];

describe('the handshake', () => {
  test('comes at once, says who asks, and is repeated on the schedule until it is answered', async () => {
    const id = await subscribe('manager');
    await until('it has come twice', () => door.knocks.length === 2);
    expect(door.knocks[0]).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      source: `${edge.platform.base}/events/api/v1/subscriptions/${id}`,
      type: 'platform.events.validatesubscription',
    });
    door.answer(204);
    await edge.validated(edge.tokens.manager, id);
    expect(door.knocks).toHaveLength(3);
  });

  test('ends with the schedule, and begins anew when the subscription is asked for again', async () => {
    const id = await subscribe('manager');
    await until('attempts have run out', async () => {
      const given = 'SELECT 1 FROM subscription WHERE id = $1 AND handshake_at IS NULL AND NOT validated';
      return (await edge.platform.db.database.query(sql('', given), [id])).length > 0;
    });
    expect(door.knocks).toHaveLength(3);
    door.answer(200);
    expect(await subscribe('manager')).toBe(id);
    await edge.validated(edge.tokens.manager, id);
    expect(door.knocks).toHaveLength(4);
    expect(await subscribe('manager')).toBe(id);
    await edge.createDialog();
    await until('events arrive', () => door.events.length > 0);
    expect(door.knocks).toHaveLength(4);
  });
});

describe('a subscription', () => {
  test('begins where it was asked for: what happens before the handshake is answered comes after it, in order', async () => {
    const before = await edge.createDialog();
    const id = await subscribe('manager');
    const dialogs = [await edge.createDialog(), await edge.createDialog()];
    await until('the handshake was refused', () => door.knocks.length > 0);
    expect(door.events).toEqual([]);
    door.answer(200);
    await edge.validated(edge.tokens.manager, id);
    dialogs.push(await edge.createDialog());
    await until('all have come', () => dialogsTold().length === dialogs.length);
    expect(dialogsTold()).toEqual(dialogs);
    expect(dialogsTold()).not.toContain(before);
  });

  test('of a main unit covers its sub-units when it says so, and not when it does not', async () => {
    await using second = await openDoor();
    for (const each of [door, second]) each.answer(200);
    const without = await subscribe('manager');
    const withThem = await subscribe('manager', { endPoint: second.url, includeSubunits: true });
    for (const id of [without, withThem]) await edge.validated(edge.tokens.manager, id);
    const ofUnit = await edge.createDialog(SUB_UNIT);
    const ofMain = await edge.createDialog();
    await until('both have heard', () => door.events.length > 0 && second.events.length > 1);
    expect(dialogsTold()).toEqual([ofMain]);
    expect(second.events.map((event) => event['resourceinstance'])).toEqual([ofUnit, ofMain]);
  });

  test.each<[keyof Tokens, string | null]>([
    ['system', COMPANY],
    ['owner', null],
    ['follower', null],
  ])('of the %s hears what the policy lets it hear', async (who, subjectFilter) => {
    door.answer(200);
    await edge.validated(edge.tokens[who], await subscribe(who, { subjectFilter }));
    const dialog = await edge.createDialog();
    await until('it has come', () => dialogsTold().includes(dialog));
  });

  test('that is deleted hears nothing any more', async () => {
    door.answer(200);
    await using other = await openDoor();
    other.answer(200);
    const id = await subscribe('manager');
    const witness = await subscribe('manager', { endPoint: other.url });
    for (const each of [id, witness]) await edge.validated(edge.tokens.manager, each);
    expect((await edge.remove(edge.tokens.manager, id)).status).toBe(200);
    const dialog = await edge.createDialog();
    await until('the other one hears', () =>
      other.events.some((event) => event['resourceinstance'] === dialog),
    );
    expect(door.events).toEqual([]);
  });

  test('that is asked for again is judged with the newer identity', async () => {
    door.answer(200);
    const id = await subscribe('manager');
    await edge.validated(edge.tokens.manager, id);
    const scopes = 'altinn:events.subscribe';
    const strong = await edge.platform.token('GetPersonalToken', { pid: MANAGER, authLvl: '4', scopes });
    const body = { endPoint: door.url, resourceFilter: SERVICE, subjectFilter: COMPANY };
    expect((await edge.subscribe(strong, body)).body).toMatchObject({ id, validated: true });
    const rows = await edge.platform.db.database.query(
      sql('', `SELECT identity ->> 'level' AS level FROM subscription WHERE id = $1`),
      [id],
    );
    expect(rows).toEqual([{ level: '4' }]);
    const dialog = await edge.createDialog();
    await until('events go on', () => dialogsTold().includes(dialog));
  });
});
