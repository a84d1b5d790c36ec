import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { type ResultRow, type Results, saveResults } from '../stress/results.ts';
import { percentiles } from '../stress/percentiles.ts';
import type { Proof } from './prove.ts';
import type { Round } from './round.ts';

/** A round as the report keeps it. */
export type ReportedRound = Omit<Round, 'number' | 'ledger' | 'plan'> & {
  readonly seed: number;
  readonly processes: number;
  readonly faults: readonly string[];
};

export interface ChaosResults extends Results {
  readonly proofs: readonly Proof[];
  readonly rounds: readonly ReportedRound[];
}

/** Milliseconds after a fault of ours in which deliveries flow again. */
const BACK = 5000;
/** Of a receiver: the first two gaps between probes of one that was left alone, which its fault may have filled. */
const BACK_AT_RECEIVER = 15_000 + BACK;

/** Load average for each core up to which the machine counts as having time. */
const CALM = 2;

export function toReported({ plan, findings, counts, recovery, seconds, load }: Round): ReportedRound {
  const { seed, processes, ours, receivers, endedBy } = plan;
  const faults = [
    ...ours.map(({ name }) => name),
    ...receivers.map(({ fault }) => `receiver: ${fault}`),
    `ended by ${endedBy}`,
  ];
  return { seed, processes, faults, seconds, load, counts, recovery, findings };
}

/** The rows of the table, over all rounds. */
export function rowsOf(proofs: readonly Proof[], rounds: readonly ReportedRound[]): ResultRow[] {
  const sum = (name: keyof ReportedRound['counts']) =>
    rounds.reduce((total, { counts }) => total + counts[name], 0);
  const none = (name: string, ...which: (keyof Round['findings'])[]): ResultRow => {
    const all = rounds.flatMap(({ findings }) => which.flatMap((one) => findings[one]));
    return { name, bar: '0', value: all.length, unit: 'times', holds: all.length === 0 };
  };
  const found = proofs.filter(({ isFound }) => isFound).length;
  return [
    {
      ...{ name: 'planted faults found', bar: `all ${proofs.length}`, value: found, unit: 'faults' },
      holds: proofs.length > 0 && found === proofs.length,
    },
    plain('rounds', rounds.length, 'rounds'),
    plain('faults', rounds.flatMap(({ faults }) => faults).length, 'faults'),
    plain('events', sum('events'), 'events'),
    plain('requests', sum('arrivals'), 'requests'),
    none('lost', 'lost'),
    none('first arrivals out of order within a dialog', 'disordered'),
    none('repeats beyond what was in flight', 'repeated'),
    none('to a subscription that was ended or may not know', 'forbidden'),
    none('writes without the lane, or back', 'breached'),
    none('with other bytes', 'altered'),
    none('left undone half a minute after', 'unfinished'),
    plain('lanes with subscriptions taken over', sum('takeovers'), 'times'),
    plain('repeats of what was in flight at a take-over', sum('repeatsInFlight'), 'requests'),
    plain('repeats of what was answered and not heard', sum('repeatsUnheard'), 'requests'),
    plain('dead letters, borne out', sum('deadLetters'), 'letters'),
    plain('withheld', sum('withheld'), 'deliveries'),
    ...recoveryRows('first delivery after a fault of ours', BACK, pickRecoveries(rounds, 'ours')),
    ...recoveryRows(
      'first delivery after a fault of the receiver',
      BACK_AT_RECEIVER,
      pickRecoveries(rounds, 'receivers'),
    ),
    plain('load average of a minute, median', percentiles(rounds.map(({ load }) => load)).p50, ''),
    plain('load average of a minute, highest', percentiles(rounds.map(({ load }) => load)).max, ''),
  ];
}

/** Adds to an earlier report of the day, which keeps its own proofs. */
export async function readEarlier(date: string): Promise<ChaosResults | undefined> {
  const file = new URL(`../../bench/results/chaos-${date.slice(0, 10)}.json`, import.meta.url);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ChaosResults);
}

export function saveReport(results: ChaosResults): Promise<string> {
  return saveResults('chaos', results);
}

function plain(name: string, value: number, unit: string): ResultRow {
  return { name, bar: null, value, unit, holds: null };
}

interface Wait {
  readonly milliseconds: number;
  readonly isCalm: boolean;
}

function pickRecoveries(rounds: readonly ReportedRound[], whose: 'ours' | 'receivers'): Wait[] {
  return rounds.flatMap(({ recovery, load }) =>
    recovery[whose].flatMap(({ milliseconds }) =>
      milliseconds === undefined ? [] : [{ milliseconds, isCalm: load <= CALM * availableParallelism() }],
    ),
  );
}

/** The bar is for a machine that has time for us: the rest of the rounds only tell how long it took them. */
function recoveryRows(name: string, bar: number, waits: readonly Wait[]): ResultRow[] {
  const calm = waits.filter(({ isCalm }) => isCalm);
  const of = (which: readonly Wait[]) =>
    percentiles(which.map(({ milliseconds }) => Math.round(milliseconds)));
  const rows = [plain(`${name}, measured`, waits.length, 'times')];
  if (waits.length > 0) {
    rows.push(
      plain(`${name}, median`, of(waits).p50, 'ms'),
      plain(`${name}, longest at any load`, of(waits).max, 'ms'),
    );
  }
  if (calm.length > 0) {
    const { max } = of(calm);
    const longest = `${name}, longest while no more than ${CALM} wait for a core`;
    rows.push({ name: longest, bar: `at most ${bar}`, value: max, unit: 'ms', holds: max <= bar });
  }
  return rows;
}
