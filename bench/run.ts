/**
 * Measures one part of the house beside what a user would pick instead, or beside the bare limit, and keeps the result.
 *
 *   npm run bench -- NAME
 *
 * What is measured is built first, as the program is shipped: what runs TypeScript as it stands adds its own work to
 * every function that is made.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const built = await mkdtemp(join(tmpdir(), 'budstikka-built-'));
try {
  const compiler = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.bench.json', '--outDir', built];
  if (run(compiler) !== 0) throw new Error('the bench was not built');
  await mkdir(join(built, 'test'), { recursive: true });
  // The files that lie beside it, and the folder that results go to.
  const beside = ['node_modules', 'migrations', 'contracts', 'examples', 'test/fixtures', 'bench/results'];
  for (const name of ['package.json', ...beside]) await symlink(join(process.cwd(), name), join(built, name));
  process.exitCode = run([join(built, 'bench/benches.js'), ...process.argv.slice(2)]);
} finally {
  await rm(built, { recursive: true, force: true });
}

/** Runs a program of Node's to its end; gives how it ended. */
function run(args: readonly string[]): number {
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}
