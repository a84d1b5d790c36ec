import { expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import type { Course } from '../../src/delivery/course.ts';
import { Turns } from '../../src/delivery/turns.ts';
import { openTestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { startEngine } from './harness.ts';

const GIVE = sql(
  'test.give',
  `UPDATE subscription SET consumer = $2, version = bump_version('subscription') WHERE id = $1`,
);

function courses(owner: string, count: number): Course[] {
  return Array.from({ length: count }, () => ({ subscription: { consumer: owner } }) as Course);
}

test('owners take turns, and their subscriptions within them, however many one of them has', () => {
  const turns = new Turns();
  const [many, few] = [courses('many', 1000), courses('few', 2)];
  for (const course of [...many, ...few]) turns.add(course);
  turns.add(many[0]!);
  const taken = Array.from({ length: 6 }, () => turns.take());
  expect(taken).toEqual([many[0], few[0], many[1], few[1], many[2], many[3]]);
  turns.add(few[0]!);
  expect([turns.take(), turns.take()]).toEqual([many[4], few[0]]);
  for (let rest = 995; rest > 0; rest--) expect(turns.take()).toBeDefined();
  expect([turns.isEmpty, turns.take()]).toEqual([true, undefined]);
});

test('endpoints that hang do not keep an event from one that answers', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  await using system = await startEngine(db, { settings: { dispatchConcurrency: 4, pollMs: 60_000 } });
  await Promise.all(
    Array.from({ length: 10 }, (_, number) =>
      system.subscribe(receiver.url(`/dead/${number}`), { typeFilter: 'no.dead' }),
    ),
  );
  const quiet = await system.subscribe(receiver.url('/quiet'), { typeFilter: 'no.quiet' });
  await db.database.query(GIVE, [quiet, '/org/quiet']);
  const held: (() => void)[] = [];
  receiver.answer(({ path }) => async (response) => {
    if (path.startsWith('/dead')) await new Promise<void>((resolve) => held.push(resolve));
    response.writeHead(200).end();
  });
  await system.publish('d', { type: 'no.dead' });
  await until('they take all the room there is', () => held.length >= 4);
  const { id } = await system.publish('q', { type: 'no.quiet' });
  await until('the quiet one has its event', () => receiver.events('/quiet').length === 1);
  expect(receiver.events('/quiet')[0]?.['id']).toBe(id);
  for (const release of held) release();
});
