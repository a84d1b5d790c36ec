import { expect, test } from 'vitest';
import { readSources } from '../../scripts/house/sources.ts';
import { placesOf } from '../../scripts/house/syntax.ts';
import { errorCodes } from '../../src/lib/errors.ts';

test('every error code is raised somewhere in src', async () => {
  const raising = (await readSources('src', /\.ts$/)).filter(({ path }) => path !== 'src/lib/errors.ts');
  const words = new Set<unknown>(
    raising.flatMap(placesOf).flatMap(({ node }) => (node.type === 'Literal' ? [node.value] : [])),
  );
  expect([...errorCodes.keys()].filter((code) => !words.has(code))).toEqual([]);
});
