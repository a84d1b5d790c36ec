import { readSources } from '../house/sources.ts';

/** What stands in the package beside the folders of `files`. */
const ALWAYS = ['package.json', 'README.md', 'LICENSE'];
const FOLDERS = /^(dist|migrations|contracts|examples)\//;

/** What is wrong with a list of packed files: what is missing, what is from a former build, what does not belong. */
export async function faultsOf(packed: readonly string[]): Promise<string[]> {
  const [sources, migrations] = await Promise.all([
    readSources('src', /\.ts$/),
    readSources('migrations', /\.sql$/),
  ]);
  const compiled = sources.map(({ path }) => path.replace(/^src/, 'dist').replace(/ts$/, 'js'));
  const wanted = [...ALWAYS, ...compiled, ...migrations.map(({ path }) => path)];
  const programs = packed.filter((path) => /^dist\/.*\.js$/.test(path));
  return [
    ...without(wanted, packed).map((path) => `${path} is missing`),
    ...without(programs, compiled).map((path) => `${path} is of a former build`),
    ...packed
      .filter((path) => !ALWAYS.includes(path) && !FOLDERS.test(path))
      .map((path) => `${path} does not belong there`),
  ];
}

function without(paths: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return paths.filter((path) => !known.has(path));
}
