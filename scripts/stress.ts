/**
 * Puts a part of the house under load and under fire, and checks what it promises. Exits with 1 when it breaks.
 *
 *   npm run stress -- log --seconds 60 [--seed N] [--broken]
 *   npm run stress -- flip --changes 1000 [--without GUARD]
 *   npm run stress -- partitions --pairs 5 [--broken]
 *   npm run stress -- backlog --events 10000000 [--measured 1000000]
 *   npm run stress -- soak --minutes 30
 *
 * `--broken` takes the horizon away, or takes partitions out plainly, and `--without` a check of access, to show that the
 * run would notice.
 */
import { parseArgs } from 'node:util';
import { stressBacklog } from './stress/backlog.ts';
import { stressFlip } from './stress/flip.ts';
import { stressLog } from './stress/log.ts';
import { stressPartitions } from './stress/partitions.ts';
import { saveResults } from './stress/results.ts';
import { stressSoak } from './stress/soak.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    broken: { type: 'boolean', default: false },
    changes: { type: 'string', default: '1000' },
    without: { type: 'string' },
    pairs: { type: 'string', default: '5' },
    events: { type: 'string', default: '10000000' },
    measured: { type: 'string', default: '1000000' },
    minutes: { type: 'string', default: '30' },
  },
});
const [seconds, seed, changes] = [Number(values.seconds), Number(values.seed), Number(values.changes)];
const pairs = Number(values.pairs);
const [events, measured, minutes] = [Number(values.events), Number(values.measured), Number(values.minutes)];
const { broken, without } = values;
const runs = {
  log: () => stressLog({ seconds, seed, broken }),
  flip: () => stressFlip({ changes, without }),
  partitions: () => stressPartitions({ pairs, broken }),
  backlog: () => stressBacklog({ events, measured }),
  soak: () => stressSoak({ minutes }),
};
const name = positionals.join();
const isPositive = [seconds, pairs, events, measured].every((one) => one >= 1) && minutes > 0;
const isUsable = isPositive && Number.isSafeInteger(seed) && changes >= 4;
if (!isUsable || !Object.hasOwn(runs, name)) {
  throw new RangeError(
    `usage: npm run stress -- ${Object.keys(runs).join('|')}, and options: see scripts/stress.ts`,
  );
}

const isBroken = broken || without !== undefined;
const results = await runs[name as keyof typeof runs]();
const violated = results.rows.filter((row) => row.holds === false);
if (!isBroken) console.log(`\n${await saveResults(`stress-${name}`, results)}`);
console.log(
  violated.length === 0 ? 'every bar holds' : `violated: ${violated.map((row) => row.name).join(', ')}`,
);
process.exitCode = violated.length === 0 ? 0 : 1;
