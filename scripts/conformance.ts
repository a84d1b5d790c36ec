/**
 * Holds a running system against a published contract: every operation, every parameter, every property of every
 * answer, every refusal. Prints what was seen, and fails when something is missing that has no reason.
 *
 *   npm run conformance -- dialogporten               a system of its own, which is gone afterwards
 *   npm run conformance -- dialogporten --url ORIGIN  one that runs; the rest says what it knows, and who gives tokens
 */
import { parseArgs } from 'node:util';
import { playDialogporten } from './conformance/dialogporten.ts';
import { print } from './conformance/report.ts';
import { exampleTarget } from './conformance/target.ts';
import { startSystem } from './demo/system.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    /** A generator of test tokens, and `user:password` when it wants them. */
    tokens: { type: 'string' },
    tokensLogin: { type: 'string' },
    /** Who reads, what is theirs, and a service resource that they may read by. */
    person: { type: 'string' },
    party: { type: 'string' },
    resource: { type: 'string' },
  },
});
if (positionals[0] !== 'dialogporten') throw new Error('Which contract? There is: dialogporten');

async function play({ url, ...known }: typeof values): Promise<boolean> {
  await using own = url === undefined ? await startSystem() : undefined;
  const report = await playDialogporten({ ...exampleTarget(url ?? own!.base), ...known });
  print(report);
  return report.failures.length === 0;
}

process.exitCode = (await play(values)) ? 0 : 1;
