import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { dumpSchema } from '../../src/db/schema-dump.ts';
import { openTestDatabase } from '../support/database.ts';

const SCHEMA = new URL('../../schema.sql', import.meta.url);

test('schema.sql is what the migrations make; npm run schema writes it', async () => {
  await using db = await openTestDatabase();
  expect(await dumpSchema(db.database)).toBe(await readFile(SCHEMA, 'utf8'));
});

test('schema.sql makes the same schema on an empty database', async () => {
  await using db = await openTestDatabase({ migrated: false });
  const text = await readFile(SCHEMA, 'utf8');
  await db.database.query(sql('', text));
  expect(await dumpSchema(db.database)).toBe(text);
});

test.each([
  ['a column', 'ALTER TABLE dialog ADD extra text'],
  ['a default', `ALTER TABLE dialog ALTER held SET DEFAULT true`],
  ['a NOT NULL', 'ALTER TABLE dialog ALTER process SET NOT NULL'],
  ['a generated column', 'ALTER TABLE dialog ADD twice bigint GENERATED ALWAYS AS (change * 2) STORED'],
  ['a check', 'ALTER TABLE dialog ADD CHECK (change > 0)'],
  ['a foreign key', 'ALTER TABLE tombstone ADD FOREIGN KEY (dialog) REFERENCES dialog'],
  ['an index', 'CREATE INDEX extra ON event (owner)'],
  ['a partition', `SELECT ensure_partitions(9)`],
  ['a storage parameter', 'ALTER TABLE dialog SET (fillfactor = 60)'],
  ['a sequence', 'CREATE SEQUENCE extra CACHE 7'],
  ['a function', `CREATE FUNCTION extra() RETURNS integer LANGUAGE sql AS 'SELECT 1'`],
])('%s more is seen', async (_what, change) => {
  await using db = await openTestDatabase();
  const before = await dumpSchema(db.database);
  await db.database.query(sql('', change));
  expect(await dumpSchema(db.database)).not.toBe(before);
});

test.each([
  ['relation extra', 'CREATE VIEW extra AS SELECT 1 AS one'],
  ['type extra', `CREATE TYPE extra AS ENUM ('one')`],
  [
    'trigger extra',
    'CREATE TRIGGER extra BEFORE UPDATE ON dialog FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
  ],
  ['policy extra', 'CREATE POLICY extra ON dialog'],
])('%s is not left out in silence', async (name, change) => {
  await using db = await openTestDatabase();
  await db.database.query(sql('', change));
  await expect(dumpSchema(db.database)).rejects.toThrow(`the dump leaves out ${name}`);
});
