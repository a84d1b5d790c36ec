/**
 * Holds a running system against a published contract: every operation, every parameter, every property of every
 * answer, every refusal. Prints what was seen, and fails when something is missing that has no reason.
 *
 *   npm run conformance -- dialogporten               REST, of a system of its own, which is gone afterwards
 *   npm run conformance -- graphql                    the same for the GraphQL schema
 *   npm run conformance -- dialogporten --url ORIGIN  one that runs; the rest says what it knows, and who gives tokens
 */
import { parseArgs } from 'node:util';
import { playDialogporten } from './conformance/dialogporten.ts';
import { playGraphql } from './conformance/graphql/play.ts';
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
const contracts = new Map([
  ['dialogporten', playDialogporten],
  ['graphql', playGraphql],
]);
const playContract = contracts.get(positionals[0] ?? '');
if (!playContract) throw new Error(`Which contract? There are: ${[...contracts.keys()].join(', ')}`);

const play = async ({ url, ...known }: typeof values): Promise<boolean> => {
  await using own = url === undefined ? await startSystem() : undefined;
  const report = await playContract({ ...exampleTarget(url ?? own!.base), ...known });
  print(report);
  return report.failures.length === 0;
};

process.exitCode = (await play(values)) ? 0 : 1;
