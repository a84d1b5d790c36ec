import { readdir, readFile } from 'node:fs/promises';

/** A file of the repository; the path is relative to its root, with slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

const ROOT = new URL('../../', import.meta.url);
const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', '.budstikka']);

/** All files under the folder whose names match, in order. A folder that does not exist has none. */
export async function readSources(folder: string, names: RegExp): Promise<Source[]> {
  const paths = await list(folder, names);
  return Promise.all(
    paths.toSorted().map(async (path) => ({ path, text: await readFile(new URL(path, ROOT), 'utf8') })),
  );
}

async function list(folder: string, names: RegExp): Promise<string[]> {
  const entries = await readdir(new URL(`${folder}/`, ROOT), { withFileTypes: true }).catch(ifMissing);
  const found = entries.map(async (entry) => {
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : list(path, names);
    return names.test(entry.name) ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}

function ifMissing(thrown: NodeJS.ErrnoException): [] {
  if (thrown.code === 'ENOENT') return [];
  throw thrown;
}
