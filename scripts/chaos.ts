/**
 * Real processes, a real PostgreSQL and receivers that write everything down, with faults at all of them; then a judge
 * that knows the promise and not the program. Exits with 1 when a promise was broken.
 *
 *   npm run chaos -- --rounds N [--append] [--seed S] [--keep FOLDER]
 *
 * First the judge is shown faults that are built in on purpose; it has to find each. The same seed makes the same plans;
 * what the machine makes of them differs. `--append` adds the rounds to the report of the day, which is written only
 * then; its proofs are not repeated. `--keep` copies what a round with findings left behind.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fromEpoch, wallClock } from '../src/lib/time.ts';
import { buildProgram } from './chaos/build.ts';
import { planRound } from './chaos/plan.ts';
import { type Proof, prove } from './chaos/prove.ts';
import { readEarlier, type ReportedRound, rowsOf, saveReport, toReported } from './chaos/report.ts';
import { playRound, type Round } from './chaos/round.ts';
import { openWorld, type World } from './chaos/world.ts';
import { printRows } from './stress/print.ts';
import { Random } from './stress/random.ts';
import { describeRun } from './stress/results.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    append: { type: 'boolean', default: false },
    keep: { type: 'string' },
  },
});
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
if (!(Number.isSafeInteger(rounds) && rounds >= 0 && Number.isSafeInteger(seed))) {
  throw new RangeError('usage: npm run chaos -- --rounds N [--append] [--seed S] [--keep FOLDER]');
}
/** Rounds in one world; then everything is new. */
const WORLD_ROUNDS = 10;

/** Seconds without a success after which an endpoint is left alone: parked dialogs in one world, held ones in the next. */
const PATIENCE_S = ['10', '1'];

const program = buildProgram();
const earlier = values.append ? await readEarlier(fromEpoch(wallClock())) : undefined;
const proofs = earlier?.proofs ?? (await prove(seed, tellProof));
const played: ReportedRound[] = [...(earlier?.rounds ?? [])];
for (let number = 1; number <= rounds; ) {
  await using world = await openWorld({
    ...{ program, random: new Random(seed + number), processes: 2 },
    settings: {
      BREAKER_WINDOW_S: PATIENCE_S[(seed + Math.floor(number / WORLD_ROUNDS)) % PATIENCE_S.length]!,
    },
  });
  for (const last = Math.min(rounds, number + WORLD_ROUNDS - 1); number <= last; number++) {
    const round = await playRound(world, number, planRound(seed * 1000 + number));
    tellRound(round);
    await keep(round, world);
    played.push(toReported(round));
    if (values.append) await save(world);
  }
}
const rows = rowsOf(proofs, played);
printRows(rows);
const violated = rows.filter(({ holds }) => holds === false);
console.log(
  violated.length === 0 ? 'every promise was kept' : `broken: ${violated.map(({ name }) => name).join(', ')}`,
);
process.exitCode = violated.length === 0 ? 0 : 1;

/** After each round: a run may take hours, and somebody may end it. */
async function save({ database }: World): Promise<void> {
  const seeds = [...new Set(played.map((round) => Math.floor(round.seed / 1000)))];
  const run = { rounds: played.length, seeds };
  const results = { ...(await describeRun(database)), run, rows: rowsOf(proofs, played), proofs };
  await saveReport({ ...results, rounds: played });
}

function tellProof({ plant, isFound, finding }: Proof): void {
  console.log(`planted: ${plant.padEnd(20)} ${isFound ? 'found' : 'NOT FOUND'}  ${finding ?? ''}`);
}

function tellRound(round: Round): void {
  const { faults, counts, findings, seconds, load } = { ...round, ...toReported(round) };
  const found = Object.values(findings).flat();
  const summary = `${counts.events} events, ${counts.arrivals} requests, ${counts.repeatsInFlight} repeated`;
  console.log(
    `round ${round.number} (${seconds.before} + ${(seconds.all - seconds.before - seconds.after).toFixed(1)} + ${seconds.after} s, load ${load.toFixed(1)}): ${faults.join(', ')}: ${summary}${found.length > 0 ? '  BROKEN' : ''}`,
  );
  for (const finding of found.slice(0, 10)) console.log(`  ${finding}`);
}

async function keep({ findings, number }: Round, world: World): Promise<void> {
  if (values.keep === undefined || Object.values(findings).flat().length === 0) return;
  const folder = join(values.keep, `round-${seed}-${number}`);
  const isPlain = (path: string) => !path.startsWith(join(world.directory, 'postgres'));
  await cp(world.directory, folder, { recursive: true, filter: isPlain });
  console.log(`  kept in ${folder}`);
}
