import { spawnSync } from 'node:child_process';

/** What CI checks before it tests. Stops at the first that fails. Run it through npm, which finds the tools. */
const STEPS: readonly (readonly [name: string, command: string, ...options: string[]])[] = [
  ['format', 'biome', 'format', '.'],
  ['lint', 'oxlint'],
  ['types', 'tsc', '-p', '.'],
  ['unused code', 'knip'],
  ['sizes', 'tsx', 'scripts/house-report.ts'],
];

function run([name, command, ...options]: (typeof STEPS)[number]): boolean {
  console.log(`\n${name}: ${command} ${options.join(' ')}`);
  const begun = performance.now();
  const { status, error } = spawnSync(command, options, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${name}: ${status === 0 ? 'ok' : `failed ${error?.message ?? ''}`} (${seconds} s)`);
  return status === 0;
}

if (!STEPS.every(run)) process.exitCode = 1;
