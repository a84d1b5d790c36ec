import { expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { chooseDeadLetters } from '../../src/subscriptions/dead-letter-queries.ts';
import { openTestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { openOutside, startEngine } from './harness.ts';

const HELD = sql('test.held', 'SELECT count(*)::int AS count FROM parked_dialog WHERE held');

test('a dialog is held by the next process as well, until its letter is given up, also while nobody delivers', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using outside = openOutside(db);
  receiver.answer(() => 500);
  let subscription = 0;
  {
    await using first = await startEngine(db);
    subscription = await first.subscribe(receiver.url(), { onExhausted: 'hold' });
    await first.publish('d');
    await until('it is held', async () => (await db.database.query<{ count: number }>(HELD))[0]!.count === 1);
  }
  const attempts = receiver.events().length;
  receiver.answer(() => 200);
  const next = await outside.publish('d');
  {
    await using second = await startEngine(db);
    const other = await second.publish('other');
    await until('another dialog flows', () => receiver.events().some((event) => event['id'] === other.id));
    expect(receiver.events()).toHaveLength(attempts + 1);
  }
  await db.database.transaction((transaction) =>
    chooseDeadLetters(transaction, subscription, { what: 'discard', positions: null, most: 10 }),
  );
  await using third = await startEngine(db);
  await until('the dialog has gone on', () => receiver.events().at(-1)?.['id'] === next.id);
  expect(receiver.events()).toHaveLength(attempts + 2);
  expect(receiver.arrivals.at(-1)!.headers).not.toHaveProperty('budstikka-missing');
  expect(third.engine.lanesHeld).toBe(256);
});
