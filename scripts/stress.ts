/**
 * Puts a part of the house under load and under fire, and checks what it promises. Exits with 1 when it breaks.
 *
 *   npm run stress -- log --seconds 60 [--seed N] [--broken]
 *   npm run stress -- flip --changes 1000 [--without GUARD]
 *
 * `--broken` takes the horizon away and `--without` a check of access, to show that the run would notice.
 */
import { parseArgs } from 'node:util';
import { stressFlip } from './stress/flip.ts';
import { stressLog } from './stress/log.ts';
import { saveResults } from './stress/results.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    broken: { type: 'boolean', default: false },
    changes: { type: 'string', default: '1000' },
    without: { type: 'string' },
  },
});
const [seconds, seed, changes] = [Number(values.seconds), Number(values.seed), Number(values.changes)];
const name = positionals.join();
const isUsable = seconds >= 1 && Number.isSafeInteger(seed) && changes >= 4;
if (!isUsable || (name !== 'log' && name !== 'flip')) {
  throw new RangeError('usage: npm run stress -- log|flip, and the options that stand in scripts/stress.ts');
}

const isBroken = values.broken || values.without !== undefined;
const results =
  name === 'log'
    ? await stressLog({ seconds, seed, broken: values.broken })
    : await stressFlip({ changes, without: values.without });
const violated = results.rows.filter((row) => row.holds === false);
if (!isBroken) console.log(`\n${await saveResults(`stress-${name}`, results)}`);
console.log(
  violated.length === 0 ? 'every bar holds' : `violated: ${violated.map((row) => row.name).join(', ')}`,
);
process.exitCode = violated.length === 0 ? 0 : 1;
