/**
 * Lets the policy decision point and a second, naive one answer generated questions until a number is reached, and says
 * what they disagree about: `npx tsx scripts/policy-fuzz.ts --cases 100000 --seed 1`.
 */
import { parseArgs } from 'node:util';
import { fuzz } from '../test/access/xacml/fuzz.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
  },
});
const [cases, seed] = [Number(values.cases), Number(values.seed)];
if (!Number.isSafeInteger(cases) || cases < 1 || !Number.isSafeInteger(seed)) {
  throw new RangeError('--cases and --seed must be whole numbers, and --cases at least 1');
}

const start = performance.now();
const report = fuzz(cases, seed);
const seconds = (performance.now() - start) / 1000;
const share = (count = 0): string => `${((100 * count) / report.cases).toFixed(1)} %`;

console.log(`cases ${report.cases}, seed ${seed}, ${seconds.toFixed(1)} s`);
for (const [decision, count] of report.decisions) console.log(`${decision}: ${share(count)}`);
console.log(`with obligations: ${share(report.withObligations)}`);
console.log(`disagreements: ${report.disagreements.length}`);
for (const disagreement of report.disagreements) console.log(disagreement);
process.exitCode = report.disagreements.length === 0 ? 0 : 1;
