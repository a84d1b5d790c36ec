import { type Database, type Statement, sql } from '../../src/db/database.ts';
import { monotonic } from '../../src/lib/time.ts';
import { DIALOGS } from './ground.ts';
import { medianInterval } from './percentiles.ts';
import { Random } from './random.ts';
import { eventOf } from './writers.ts';

export const PAIRS = 40;
const WRITERS = 8;
const WRITES = 40;

const LOCK = sql(
  'stress.lock',
  'UPDATE stress.dialog SET change = change + 1 WHERE id = $1 RETURNING change',
);
const PARAMETERS = Array.from({ length: 13 }, (_, index) => `$${index + 1}`).join(', ');
const WITH = sql('stress.with', `SELECT append_event(${PARAMETERS})`);
const WITHOUT = sql('stress.without', `SELECT stress.append_bare(${PARAMETERS})`);
const SOURCE = sql('stress.source', `SELECT pg_get_functiondef('append_event'::regproc) AS text`);
const WAL = sql('stress.wal', `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS bytes`);

export interface WriteCost {
  /** Time of a write with the append's look and lock, as a multiple of one without, over all pairs. */
  readonly ratio: { readonly median: number; readonly low: number; readonly high: number };
  /** Milliseconds per write of eight writers together, medians. */
  readonly milliseconds: { readonly with: number; readonly without: number };
  readonly walBytes: { readonly with: number; readonly without: number };
}

/** Measures writes through `append_event` against the same function without its look and its lock, in turn. */
export async function measureWriteCost(database: Database, seed: number): Promise<WriteCost> {
  await makeBare(database);
  const runs: { with: Phase; without: Phase }[] = [];
  // The first pair warms up.
  for (let pair = -1; pair < PAIRS; pair++) {
    const early = pair % 2 === 0 ? await phase(database, WITH, seed + pair) : undefined;
    const without = await phase(database, WITHOUT, seed + pair);
    const run = { without, with: early ?? (await phase(database, WITH, seed + pair)) };
    if (pair >= 0) runs.push(run);
  }
  const median = (of: (run: (typeof runs)[number]) => number) => medianInterval(runs.map(of)).median;
  return {
    ratio: medianInterval(runs.map((run) => run.with.milliseconds / run.without.milliseconds)),
    milliseconds: {
      with: median((run) => run.with.milliseconds),
      without: median((run) => run.without.milliseconds),
    },
    walBytes: { with: median((run) => run.with.walBytes), without: median((run) => run.without.walBytes) },
  };
}

/** The same text without the statement that looks and locks, so that nothing else can differ. */
async function makeBare(database: Database): Promise<void> {
  const [source] = await database.query<{ text: string }>(SOURCE);
  const bare = source!.text
    .replace('public.append_event', 'stress.append_bare')
    .replace(/ *v_seen := look_and_lock.*;\n/, '');
  if (source!.text.split('\n').length - bare.split('\n').length !== 1) {
    throw new Error('append_event does not look as expected');
  }
  await database.query(sql('', bare));
}

interface Phase {
  readonly milliseconds: number;
  readonly walBytes: number;
}

/** Per write, of several writers that each change one dialog at a time. */
async function phase(database: Database, append: Statement, seed: number): Promise<Phase> {
  const walBefore = await walBytes(database);
  const began = monotonic();
  const run = async (number: number) => {
    const random = new Random(seed * WRITERS + number);
    for (let write = 0; write < WRITES; write++) {
      await database.transaction(async (transaction) => {
        const dialog = random.below(DIALOGS);
        const [row] = await transaction.query<{ change: string }>(LOCK, [dialog]);
        const { bytes, trace, ...event } = eventOf(dialog, Number(row?.change));
        await transaction.commitWith(append, [...Object.values(event), bytes, trace]);
      });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, number) => run(number)));
  const writes = WRITERS * WRITES;
  return {
    milliseconds: (monotonic() - began) / writes,
    walBytes: ((await walBytes(database)) - walBefore) / writes,
  };
}

async function walBytes(database: Database): Promise<number> {
  const [row] = await database.query<{ bytes: string }>(WAL);
  return Number(row?.bytes);
}
