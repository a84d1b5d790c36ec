import { beforeAll, expect, test } from 'vitest';
import { readSources } from '../../scripts/house/sources.ts';
import { faultsOf } from '../../scripts/package/contents.ts';

/** What `npm pack` lists when all is well. */
let whole: string[];

beforeAll(async () => {
  const sources = await readSources('src', /\.ts$/);
  const migrations = await readSources('migrations', /\.sql$/);
  const compiled = sources.map(({ path }) => path.replace(/^src\/(.*)\.ts$/, 'dist/$1.js'));
  const files = ['package.json', 'README.md', 'LICENSE', 'examples/registry/parties.json'];
  whole = [...files, ...compiled, ...migrations.map(({ path }) => path)];
});

test('a package with everything in it has no faults', async () => {
  expect(await faultsOf(whole)).toEqual([]);
});

test.each(['LICENSE', 'dist/main.js', 'migrations/000001_log.sql'])(
  'a package without %s is found',
  async (path) => {
    expect(await faultsOf(whole.filter((each) => each !== path))).toEqual([`${path} is missing`]);
  },
);

test('what a former build has left is found, and what is not for users', async () => {
  const packed = [...whole, 'dist/gone.js', 'test/support/until.ts'];
  expect(await faultsOf(packed)).toEqual([
    'dist/gone.js is of a former build',
    'test/support/until.ts does not belong there',
  ]);
});
