import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { PLANTS } from '../../scripts/chaos/plants.ts';

test.each(PLANTS)('$name has its place', async ({ edits }) => {
  for (const { in: where, find } of edits) {
    const path = 'file' in where ? `../../src/${where.file.replace(/js$/, 'ts')}` : '../../schema.sql';
    const text = await readFile(new URL(path, import.meta.url), 'utf8');
    expect(text.split(find)).toHaveLength(2);
  }
});
