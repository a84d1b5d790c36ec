import { loadavg } from 'node:os';
import { Database, sql } from '../../src/db/database.ts';
import { keepHouse } from '../../src/events/housekeeping.ts';
import { appendAndCommit } from '../../src/events/queries.ts';
import { pause } from '../../src/lib/time.ts';
import { latenciesAtRate } from './arrivals.ts';
import { DIALOGS, type Ground, openGround } from './ground.ts';
import { plain } from './log-report.ts';
import { medianOf, percentiles } from './percentiles.ts';
import { printRows } from './print.ts';
import { describeRun, type ResultRow, type Results } from './results.ts';
import { eventOf } from './writers.ts';

export interface PartitionStress {
  /** Windows with the work on partitions, each beside one without. */
  readonly pairs: number;
  /** Partitions are taken out in the ordinary way, behind a reader: must make writers wait. */
  readonly broken: boolean;
}

/** Of each window. */
const RATE = { perSecond: 200, writes: 2000 } as const;
/** In each window that has any: a partition ends, one is made ahead, one is taken out, one is dropped. */
const ROUNDS = 3;
/** Whoever waits longer for a lock is named in the server's log. */
const WAIT_MS = 100;
const SETTINGS = { log_lock_waits: 'on', deadlock_timeout: `${WAIT_MS}ms` };

const PIDS = sql('', "SELECT pid FROM pg_stat_activity WHERE application_name = 'writer'");

/**
 * What writers notice when the log is cut, and its partitions are attached, detached and dropped: the slowest of their
 * writes beside those of windows in which nothing of the kind happens, and whether one of them waited for a lock.
 */
export async function stressPartitions({ pairs, broken }: PartitionStress): Promise<Results> {
  await using ground = await openGround({ settings: SETTINGS });
  await using writers = new Database({
    ...{ url: ground.url, maxConnections: 8, applicationName: 'writer', log: ground.log },
    ...{ connectTimeout: 10_000, statementTimeout: 60_000 },
  });
  const before = loadavg();
  const write = (number: number) => append(writers, number);
  const work = broken ? takeOutPlainly : passPartitions;
  await latenciesAtRate({ ...RATE, writes: 400 }, write);
  const [pids, windows] = [await writers.query<{ pid: number }>(PIDS), { with: [], without: [] } as Windows];
  for (let pair = 0, partition = 0; pair < pairs; pair++, partition += ROUNDS) {
    windows.without.push(await latenciesAtRate(RATE, write));
    const [latencies] = await Promise.all([latenciesAtRate(RATE, write), work(ground, partition)]);
    windows.with.push(latencies);
  }
  const waits = waitsOf(await ground.serverLog(), new Set(pids.map(({ pid }) => pid)));
  const rows = [...rowsOf(windows, waits)];
  printRows(rows);
  const run = { pairs, ...RATE, roundsInEachWindow: ROUNDS, loadAverage: { before, after: loadavg() } };
  return { ...(await describeRun(ground.database)), run, rows };
}

interface Windows {
  readonly with: number[][];
  readonly without: number[][];
}

function append(database: Database, number: number): Promise<unknown> {
  return database.transaction((transaction) =>
    appendAndCommit(transaction, [eventOf(number % DIALOGS, number)]),
  );
}

/** Ends the partition that is written and makes it look old, then keeps house, as often as the window has rounds. */
async function passPartitions({ database, log }: Ground, first: number): Promise<void> {
  const each = (RATE.writes / RATE.perSecond / (ROUNDS + 1)) * 1000;
  for (let number = first; number < first + ROUNDS; number++) {
    await pause(each);
    await database.query(sql('', `SELECT cut_log(${number})`));
    // Those that are written now may still hold the partition that has ended.
    await pause(WAIT_MS);
    await database.query(sql('', `UPDATE event_p${number} SET appended_at = '2020-01-01'`));
    await keepHouse({ database, retentionDays: 30, log, graceMs: 0 }, new AbortController().signal);
  }
}

/** Takes the partition out with a lock on the whole log, while somebody reads it. */
async function takeOutPlainly({ database }: Ground, first: number): Promise<void> {
  await database.query(sql('', `SELECT cut_log(${first})`));
  const reading = database.transaction(async (transaction) => {
    await transaction.query(sql('', 'SELECT count(*) FROM event'));
    await transaction.query(sql('', 'SELECT pg_sleep(1)'));
  });
  await pause(WAIT_MS);
  await Promise.all([reading, database.query(sql('', `ALTER TABLE event DETACH PARTITION event_p${first}`))]);
}

/** How often one of the processes waited for a lock for longer than `deadlock_timeout`. */
function waitsOf(serverLog: string, pids: ReadonlySet<number>): number {
  const waits = serverLog.matchAll(/process (\d+) still waiting for/g);
  return [...waits].filter(([, pid]) => pids.has(Number(pid))).length;
}

function* rowsOf(windows: Windows, waits: number): Iterable<ResultRow> {
  yield plain('partitions ended, taken out and dropped', windows.with.length * ROUNDS, 'partitions');
  const name = `a write waited for a lock for more than ${WAIT_MS} ms (log_lock_waits)`;
  yield { name, bar: '0', value: waits, unit: 'times', holds: waits === 0 };
  for (const side of ['with', 'without'] as const) {
    const each = windows[side].map((latencies) => percentiles(latencies));
    for (const rank of ['p50', 'p99', 'p999', 'max'] as const) {
      const values = each.map((one) => one[rank]);
      yield plain(`${rank} of a window ${side} work on partitions, median`, medianOf(values), 'ms');
      yield plain(`${rank} of a window ${side} work on partitions, highest`, Math.max(...values), 'ms');
    }
  }
}
