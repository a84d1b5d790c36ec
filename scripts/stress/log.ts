import { EventEmitter } from 'node:events';
import { monotonic, pause } from '../../src/lib/time.ts';
import type { Hints } from '../../src/reading/follow.ts';
import { holdStranger, probeHorizon, runCutters, runStrangers } from './disturbances.ts';
import { type Ground, openGround } from './ground.ts';
import { costRows, faultRows, latenciesOf, latencyRows, plain } from './log-report.ts';
import { percentiles } from './percentiles.ts';
import { printRows, printTable } from './print.ts';
import { openReaders, type Reader } from './readers.ts';
import { describeRun, type ResultRow, type Results } from './results.ts';
import { type Commits, runWriters } from './writers.ts';

export interface StressOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Without the horizon: must lose. */
  readonly broken: boolean;
}

const WRITERS = 8;
/** Milliseconds without a row after which a reader has read what it ever will. */
const SETTLED = 2000;

/**
 * The promise of the log: whatever writers, savepoints, rollbacks, strangers and cutters do, every reader gets every
 * committed row of its share, once, in the order of each dialog, and soon.
 */
export async function stressLog(options: StressOptions): Promise<Results> {
  await using ground = await openGround(options);
  const { database } = ground;
  const readers = openReaders();
  const commits: Commits = new Map();
  const counts = await load(ground, { ...options, readers, commits });
  const rows = [...(await faultRows(database, readers)), ...counts];
  if (!options.broken) rows.push(...(await costRows(database, options.seed)));
  const latencies = latenciesOf(readers, commits);
  printRows(rows);
  printTable('commit returned to read, ms', latencies);
  const run = { ...options, writers: WRITERS };
  return { ...(await describeRun(database)), run, rows: [...rows, ...latencyRows(latencies)] };
}

interface LoadOptions extends StressOptions {
  readonly readers: readonly Reader[];
  readonly commits: Commits;
}

/** Lets everybody run for the time, then the readers until they have nothing left to read. */
async function load({ database, log }: Ground, options: LoadOptions): Promise<ResultRow[]> {
  const { seconds, readers } = options;
  const [writing, reading] = [new AbortController(), new AbortController()];
  const grown = new EventEmitter();
  const hints: Hints = {
    onGrown: (listener) => {
      grown.on('grown', listener);
      return () => grown.off('grown', listener);
    },
  };
  const watching = Promise.all(
    readers.map((reader) => reader.run({ database, hints, log, signal: reading.signal })),
  );
  const working = work(database, { ...options, grown: () => grown.emit('grown'), signal: writing.signal });
  try {
    // Whoever fails ends the run at once.
    await Promise.race([pause(seconds * 1000), working, watching]);
    writing.abort();
    const counts = await working;
    for (let before = ''; before !== sizes(readers); await pause(SETTLED)) before = sizes(readers);
    return counts;
  } finally {
    writing.abort();
    reading.abort();
    await Promise.allSettled([working, watching]);
  }
}

function sizes(readers: readonly Reader[]): string {
  return readers.map((reader) => reader.read.size).join();
}

interface WorkOptions extends LoadOptions {
  readonly grown: () => void;
  readonly signal: AbortSignal;
}

async function work(database: Ground['database'], options: WorkOptions): Promise<ResultRow[]> {
  const { seconds, seed, commits, grown, signal } = options;
  const began = monotonic();
  const [writes, bounds, probes, ...strangers] = await Promise.all([
    runWriters({ database, writers: WRITERS, seed, commits, grown, signal }),
    runCutters(database, Math.max(500, seconds * 40), signal),
    probeHorizon(database, signal),
    runStrangers(database, seed, signal),
    runStrangers(database, seed + 1, signal),
    holdStranger(database, signal),
  ]);
  const took = (monotonic() - began) / 1000;
  return [
    plain('events committed', commits.size, 'rows'),
    plain('transactions committed', writes.committed, 'transactions'),
    plain('transactions committed per second', writes.committed / took, '1/s'),
    plain('transactions rolled back', writes.rolledBack, 'transactions'),
    plain('savepoints rolled back', writes.savepoints, 'savepoints'),
    plain('foreign transactions of 3 s', strangers[0] + strangers[1], 'transactions'),
    plain('foreign transactions open for the whole run', 1, 'transactions'),
    plain('cuts under load', bounds.length, 'cuts'),
    plain('computing the horizon under load, p50', percentiles(probes).p50, 'ms'),
  ];
}
