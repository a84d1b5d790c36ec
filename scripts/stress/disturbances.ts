import { type Database, sql } from '../../src/db/database.ts';
import { pause } from '../../src/lib/time.ts';
import { Random } from './random.ts';

const STRANGER = sql('stress.stranger', 'INSERT INTO stress.stranger (at) VALUES (now())');
const SLEEP = sql('', 'SELECT pg_sleep(3)');
const CUT = sql(
  'stress.cut',
  'SELECT cut_log(partition_of((SELECT s.last_value FROM event_position s))) AS bound',
);
/** Measured where it runs: from here, the load on this process would be most of it. */
const HORIZON = sql(
  'stress.horizon',
  `WITH began AS MATERIALIZED (SELECT clock_timestamp() AS at),
        known AS MATERIALIZED (SELECT h.horizon FROM began, LATERAL log_horizon() h)
   SELECT extract(epoch FROM clock_timestamp() - began.at)::float8 * 1000 AS milliseconds FROM known, began`,
);
const BEGIN = sql('', 'BEGIN ISOLATION LEVEL REPEATABLE READ');
const END = sql('', 'ROLLBACK');
const UNHURRIED = sql('', 'SET idle_in_transaction_session_timeout = 0');

/** Strangers' transactions of three seconds each that write elsewhere; gives how many there were. */
export async function runStrangers(database: Database, seed: number, signal: AbortSignal): Promise<number> {
  const random = new Random(seed);
  let count = 0;
  for (; !signal.aborted; count++) {
    await database
      .transaction(async (transaction) => {
        await transaction.query(STRANGER);
        await transaction.query(SLEEP);
        if (random.chance(0.5)) throw new Error('a stranger changes its mind');
      })
      .catch((thrown: Error) => {
        if (!thrown.message.startsWith('a stranger')) throw thrown;
      });
  }
  return count;
}

/** One stranger's transaction, with a snapshot and a transaction id, that is open for the whole run. */
export async function holdStranger(database: Database, signal: AbortSignal): Promise<void> {
  await using session = await database.session('stranger');
  await session.query(UNHURRIED);
  await session.query(BEGIN);
  await session.query(STRANGER);
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await session.query(END);
}

/** Cuts the log again and again, two at once each time; gives the bounds. */
export async function runCutters(database: Database, every: number, signal: AbortSignal): Promise<number[]> {
  const bounds = new Set<number>();
  for (await pause(every, signal); !signal.aborted; await pause(every, signal)) {
    const cuts = await Promise.all([1, 2].map(() => database.query<{ bound: string }>(CUT)));
    for (const [row] of cuts) bounds.add(Number(row?.bound));
  }
  return [...bounds];
}

/** Milliseconds that the horizon takes to compute, under the load. */
export async function probeHorizon(database: Database, signal: AbortSignal): Promise<number[]> {
  await using session = await database.session('probe');
  const times: number[] = [];
  for (; !signal.aborted; await pause(50, signal)) {
    const [row] = await session.query<{ milliseconds: number }>(HORIZON);
    times.push(row?.milliseconds ?? Number.NaN);
  }
  return times;
}
