import { expect, test } from 'vitest';
import { openTestDatabase } from '../support/database.ts';
import { flip } from './flip/flip.ts';
import { completeness, leaks } from './flip/ledger.ts';
import { startSystemProcess } from './system-process.ts';

test('while rights come and go and the process stands still, nothing is told too late, and nothing due is missing', async () => {
  await using db = await openTestDatabase();
  const { url: databaseUrl, database } = db;
  await using system = await startSystemProcess({ databaseUrl });
  const { ledger, watched } = await flip({
    ...{ base: system.base, child: system.child, database, databaseUrl },
    ...{ changes: 6, before: (number) => [2600, 1500, 100][number % 3]! },
    stops: { every: 4500, for: [1300, 1600] },
  });
  expect(leaks(ledger)).toEqual([]);
  const { due, missing } = completeness(ledger, watched, 1500);
  expect(missing).toEqual([]);
  expect(due).toBeGreaterThan(100);
  expect(new Set(ledger.told.map(({ channel }) => channel))).toEqual(new Set(['webhook', 'feed', 'live']));
  expect(ledger.stops.length).toBeGreaterThan(0);
}, 60_000);
