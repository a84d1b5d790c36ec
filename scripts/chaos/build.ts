import { spawnSync } from 'node:child_process';

/** Builds the program as it is shipped; gives the URL of its folder. */
export function buildProgram(): string {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the program was not built');
  return new URL('../../dist', import.meta.url).href;
}
