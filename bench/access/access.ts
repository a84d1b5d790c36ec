import { loadavg } from 'node:os';
import { openAccessState } from '../../src/access/access-state.ts';
import { createLocalDecisionPoint } from '../../src/access/local-decision-point.ts';
import type { AccessQuestion } from '../../src/access/ports.ts';
import { applyRegistry } from '../../src/access/registry/apply.ts';
import { compilePolicy } from '../../src/access/xacml/compile.ts';
import { Database } from '../../src/db/database.ts';
import { openLog } from '../../src/lib/log.ts';
import { monotonic } from '../../src/lib/time.ts';
import { describeRun, type ResultRow, type Results } from '../../scripts/stress/results.ts';
import { openTestServer } from '../../test/support/server.ts';
import { barePost } from './bare.ts';
import { median, rounds } from './rounds.ts';
import { agency, ask, manyPolicies, POLICIES } from './world.ts';

/** What it costs to ask: decisions, policies, and the share of a delivery that is spent on whether it is allowed. */
export async function benchAccess(): Promise<Results> {
  const before = loadavg();
  await using server = await openTestServer();
  const log = openLog({ level: 'warn' });
  await using database = new Database({
    ...{ url: server.url, log, applicationName: 'bench', maxConnections: 2 },
    ...{ connectTimeout: 10_000, statementTimeout: 120_000 },
  });
  await applyRegistry(database, agency(), 'bench');
  const began = monotonic();
  const state = await openAccessState({ database, log, clock: monotonic });
  const ready = monotonic() - began;
  const rows: ResultRow[] = [
    plain(`ready: ${POLICIES} policies, 20,000 parties, 100,000 grants`, ready, 'ms'),
    await compileTime(),
  ];
  // However long this takes, it is the cost of deciding that is measured, not that of reading.
  const point = createLocalDecisionPoint(state, Number.POSITIVE_INFINITY);
  const decide = (questions: readonly AccessQuestion[]) =>
    point.decide(questions) as { permitted: boolean }[];
  rows.push(...decisions(decide), ...(await perDelivery(decide)));
  const run = { loadAverage: { before, after: loadavg() } };
  return { ...(await describeRun(database)), run, rows };
}

function plain(name: string, value: number, unit: string): ResultRow {
  return { name, bar: null, value, unit, holds: null };
}

const ROUNDS = 15;

/** Every policy as it is when a process starts: parsed, checked, compiled. */
async function compileTime(): Promise<ResultRow> {
  const policies = await manyPolicies();
  const value = median(rounds(5, () => policies.forEach((xml) => compilePolicy(xml)))) / 1000;
  const kilobytes = policies.reduce((sum, xml) => sum + xml.length, 0) / policies.length / 1000;
  const name = `compile ${policies.length} policies of ${kilobytes.toFixed(0)} kB`;
  return { name, bar: '2000', value, unit: 'CPU-ms', holds: value <= 2000 };
}

type Decide = (questions: readonly AccessQuestion[]) => { readonly permitted: boolean }[];

/** Ten times what casbin and cedar-wasm, the engines that npm has, were measured at: 16,000 to 20,000 a second. */
const DECISIONS_BAR = 200_000;
/** Callers whose rights stay in the processor's caches, as in a burst of one resource. */
const FEW = 10;

/** Decisions a second of one core: of the same few callers, and of ten thousand over a thousand policies. */
function* decisions(decide: Decide): Iterable<ResultRow> {
  const kinds = {
    'a role permits': 'read',
    'a delegation permits': 'sign',
    'no rule applies': 'fly',
  } as const;
  for (const [kind, action] of Object.entries(kinds)) {
    const all = ask(action);
    if (decide(all).some(({ permitted }) => permitted !== (action !== 'fly')))
      throw new Error(`not so: ${kind}`);
    const few = Array.from(all, (_, index) => all[index % FEW]!);
    const fast = perSecond(few, decide);
    const name = `decisions a second, ${kind}`;
    yield { name, bar: String(DECISIONS_BAR), value: fast, unit: '/s', holds: fast >= DECISIONS_BAR };
    yield plain(`${name}; ${all.length} callers, ${POLICIES} policies`, perSecond(all, decide), '/s');
  }
}

function perSecond(questions: readonly AccessQuestion[], decide: Decide): number {
  return (questions.length / median(rounds(ROUNDS, () => decide(questions)))) * 1e6;
}

const SHARE_BAR = 0.1;

/** What a delivery spends on its decision, beside what the bare POST of it takes in this process. */
async function perDelivery(decide: Decide): Promise<ResultRow[]> {
  const all = ask('subscribe');
  // One by one, each with a question of its own, as deliveries ask.
  const cost = (of: number) =>
    median(rounds(ROUNDS, () => all.forEach((_, index) => decide([{ ...all[index % of]! }])))) / all.length;
  const [few, many, post] = [cost(FEW), cost(all.length), median(await barePost(5))];
  const share = few / post;
  return [
    plain('a decision of a delivery', few, 'CPU-µs'),
    plain(`a decision of a delivery; ${all.length} callers, ${POLICIES} policies`, many, 'CPU-µs'),
    plain('the bare POST of a delivery', post, 'CPU-µs'),
    {
      name: 'decision to bare POST',
      bar: String(SHARE_BAR),
      value: share,
      unit: '×',
      holds: share <= SHARE_BAR,
    },
    plain(`decision to bare POST; ${all.length} callers, ${POLICIES} policies`, many / post, '×'),
  ];
}
