import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { openTestDatabase } from '../support/database.ts';

test('what docs/operations.md asks the database can be asked', async () => {
  await using db = await openTestDatabase();
  const text = await readFile('docs/operations.md', 'utf8');
  const blocks = [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, block]) => block!);
  const statements = blocks.flatMap((block) => block.split(/;\n/)).filter((each) => each.trim() !== '');
  expect(statements.length).toBeGreaterThan(0);
  for (const statement of statements) await db.database.query(sql('', statement));
});
