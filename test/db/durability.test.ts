import { expect, test } from 'vitest';
import { demandDurability } from '../../src/db/durability.ts';
import { openDatabase, openTestDatabase } from '../support/database.ts';

test('a database whose commits are durable is accepted', async () => {
  await using db = await openTestDatabase();
  await expect(demandDurability(db.database)).resolves.toBeUndefined();
});

test('a database that answers a commit before it is on disk is refused, with the way out', async () => {
  await using db = await openTestDatabase();
  const { pathname } = new URL(db.url);
  const text = `ALTER DATABASE ${pathname.slice(1)} SET synchronous_commit = off`;
  await db.database.query({ name: 'careless', text });
  await using careless = openDatabase(db.url);
  await expect(demandDurability(careless)).rejects.toMatchObject({
    code: 'database-start',
    message: 'synchronous_commit is off: set it to on for this database or this user.',
  });
});
