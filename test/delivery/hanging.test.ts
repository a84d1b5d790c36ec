import { expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { openTestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { startEngine } from './harness.ts';

const HANGING = 6;
const EVENTS = 8;
/** Less than the endpoints that hang have under way. */
const ROOM = { dispatchConcurrency: 4, endpointConcurrency: 4 };
const BEHIND = sql('test.behind', 'SELECT count(*)::int AS count FROM own_position');

test('endpoints that hang fill the room of those that are behind, and one of these that answers again goes on', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, { settings: ROOM });
  for (let number = 0; number < HANGING; number++) await system.subscribe(receiver.url(`/hangs/${number}`));
  await system.subscribe(receiver.url('/pauses'));
  const held: Record<'hangs' | 'pauses', (() => void)[]> = { hangs: [], pauses: [] };
  receiver.answer(({ path }) => (response) => {
    held[path.startsWith('/hangs') ? 'hangs' : 'pauses'].push(() => response.end());
  });
  for (let number = 0; number < EVENTS; number++) await system.publish(`d${number}`);
  await until('all are behind', async () => {
    const [row] = await db.database.query<{ count: number }>(BEHIND);
    return row?.count === HANGING + 1 && held.hangs.length > ROOM.dispatchConcurrency;
  });

  receiver.answer(({ path }) =>
    path.startsWith('/hangs') ? (response) => void held.hangs.push(() => response.end()) : 200,
  );
  for (const release of held.pauses) release();
  await until('the one that answers again has all', () => receiver.events('/pauses').length === EVENTS);
  expect(new Set(receiver.events('/pauses').map((event) => event['id'])).size).toBe(EVENTS);
  receiver.answer(() => 200);
  for (const release of held.hangs) release();
});
