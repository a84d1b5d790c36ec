import { expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { openTestDatabase } from '../support/database.ts';

test('a test database is migrated and its own', async () => {
  await using one = await openTestDatabase();
  await using two = await openTestDatabase();
  await one.database.query(sql('test.bump', `SELECT bump_version('access')`));
  const read = sql('test.read', `SELECT value FROM version WHERE name = 'access'`);
  expect(await one.database.query(read)).toEqual([{ value: '1' }]);
  expect(await two.database.query(read)).toEqual([{ value: '0' }]);
});
