/**
 * Puts a part of the house under load and under fire, and checks what it promises. Exits with 1 when it breaks.
 *
 *   npm run stress -- log --seconds 60 [--seed N] [--broken]
 *
 * `--broken` takes the horizon away, to show that the check would notice.
 */
import { parseArgs } from 'node:util';
import { stressLog } from './stress/log.ts';
import { saveResults } from './stress/results.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    broken: { type: 'boolean', default: false },
  },
});
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
if (positionals.join() !== 'log' || !(seconds >= 1) || !Number.isSafeInteger(seed)) {
  throw new RangeError('usage: npm run stress -- log [--seconds N] [--seed N] [--broken]');
}

const results = await stressLog({ seconds, seed, broken: values.broken });
const violated = results.rows.filter((row) => row.holds === false);
if (!values.broken) console.log(`\n${await saveResults('stress-log', results)}`);
console.log(
  violated.length === 0 ? 'every bar holds' : `violated: ${violated.map((row) => row.name).join(', ')}`,
);
process.exitCode = violated.length === 0 ? 0 : 1;
