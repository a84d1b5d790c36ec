import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';

const schema = await readFile('schema.sql', 'utf8');
const text = await readFile('docs/privacy.md', 'utf8');

/** Tables by name; their partitions are the same data. */
function tablesOf(sql: string): string[] {
  return [...sql.matchAll(/^CREATE TABLE (\w+) \(/gm)].map(([, name]) => name!);
}

/** Rows of the list: table, personal data, why, when it goes. */
function rowsOf(document: string): string[][] {
  const rows = document.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('docs/privacy.md', () => {
  const rows = rowsOf(text);

  test('has every table of schema.sql once, in order, and no other', () => {
    const tables = tablesOf(schema);
    expect(tables).toContain('event');
    expect(rows.map(([table]) => table)).toEqual(tables.map((name) => `\`${name}\``));
  });

  test('says of each what it knows about persons, why, and when it goes', () => {
    for (const row of rows) {
      expect(row).toHaveLength(4);
      for (const cell of row) expect(cell).not.toBe('');
    }
  });

  test('is looked at by this test: a table that is new, and one that is gone, are found', () => {
    const more = tablesOf(`${schema}\nCREATE TABLE a_new_one (\n  id integer\n);\n`);
    expect(more).toContain('a_new_one');
    expect(rowsOf('| `gone` | none | why | when |')).toEqual([['`gone`', 'none', 'why', 'when']]);
  });
});
