import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { readEnd } from '../../src/reading/queries.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { openWriter, page, type Writer } from '../support/log.ts';

/**
 * What an append and `read_log` do in one call each, as steps that others can come between. A schedule lets three
 * writers, the real reader and one that goes by steps meet in any order, rollbacks among them.
 */
type Step<State> = (session: Writer, state: State) => Promise<void>;

const look: Step<{ seen: string }> = async (writer, state) => {
  const [sequence] = await writer.run<{ last_value: string }>('SELECT last_value FROM event_position');
  state.seen = sequence!.last_value;
};
const lock: Step<{ seen: string }> = async (writer, state) => {
  await writer.run(`SELECT pg_advisory_xact_lock_shared(append_lock(${state.seen}))`);
};
const draw: Step<{ seen: string }> = async (writer) => {
  await writer.run(`INSERT INTO event (position, audience, owner, type, resource, source, id, bytes)
    VALUES (nextval('event_position'), 'all', '991825827', 'a.type', 'a:resource', 'a:source', 'an-id', '{}')`);
};

interface Reading {
  cursor: number;
  head: number;
  lowest: number;
  rows: number[];
  readonly read: number[];
}

const head: Step<Reading> = async (reader, state) => {
  const [sequence] = await reader.run<{ last_value: string }>('SELECT last_value FROM event_position');
  state.head = Number(sequence!.last_value);
};
const locks: Step<Reading> = async (reader, state) => {
  const [lowest] = await reader.run<{ seen: string | null }>(
    `SELECT min(((classid::bigint << 32) | objid::bigint) - (1::bigint << 56)) AS seen FROM pg_locks
      WHERE locktype = 'advisory' AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  state.lowest = lowest!.seen === null ? Number.POSITIVE_INFINITY : Number(lowest!.seen);
};
const rows: Step<Reading> = async (reader, state) => {
  const found = await reader.run<{ position: string }>(
    `SELECT position FROM event WHERE position > ${state.cursor} ORDER BY position`,
  );
  state.rows = found.map((row) => Number(row.position));
};

interface Orders {
  readonly append: readonly Step<{ seen: string }>[];
  readonly read: readonly Step<Reading>[];
}
const RIGHT: Orders = { append: [look, lock, draw], read: [head, locks, rows] };

/** Writers are 0 to 2, the real reader is 3, the one that goes by steps is 4. */
interface Move {
  readonly who: number;
  /** Steps in a row: some losses need one to stand still while another goes far. */
  readonly steps: number;
  /** Whether a transaction that ends with this move is committed. */
  readonly commits: boolean;
}
const schedules = fc.array(
  fc.record({ who: fc.nat(4), steps: fc.integer({ min: 1, max: 5 }), commits: fc.boolean() }),
  { minLength: 6, maxLength: 24 },
);

interface Stage {
  readonly db: TestDatabase;
  readonly writers: readonly Writer[];
  readonly reader: Writer;
}

/** Plays a schedule and lets everybody end; whether both readers have read every row once, in order. */
async function isWhole({ db, writers, reader }: Stage, orders: Orders, schedule: Move[]): Promise<boolean> {
  const begin = await readEnd(db.database);
  const lives = writers.map((writer) => ({ writer, step: 0, state: { seen: '' } }));
  const real = { cursor: begin, read: [] as number[] };
  const stepwise: Reading = { cursor: begin, head: 0, lowest: 0, rows: [], read: [] };
  let readStep = 0;

  const write = async (life: (typeof lives)[number], commits: boolean) => {
    if (life.step === 0) await life.writer.run('BEGIN');
    const step = orders.append[life.step++];
    if (step) return step(life.writer, life.state);
    await life.writer.run(commits ? 'COMMIT' : 'ROLLBACK');
    life.step = 0;
  };
  const readOn = async () => {
    const found = await page(db.database, real.cursor);
    real.read.push(...found.rows.map((row) => row.position));
    real.cursor = found.next;
  };
  const readStepwise = async () => {
    await orders.read[readStep++]!(reader, stepwise);
    if (readStep < orders.read.length) return;
    readStep = 0;
    const decided = stepwise.rows.filter((row) => row <= Math.min(stepwise.head, stepwise.lowest));
    stepwise.read.push(...decided);
    stepwise.cursor = decided.at(-1) ?? stepwise.cursor;
  };

  for (const { who, steps, commits } of schedule) {
    for (let step = 0; step < steps; step++) {
      if (lives[who]) await write(lives[who], commits);
      else await (who === 3 ? readOn() : readStepwise());
    }
  }
  for (const life of lives) while (life.step > 0) await write(life, true);
  // What it has begun, and once more.
  for (let rest = 2 * orders.read.length - readStep; rest > 0; rest--) await readStepwise();
  await readOn();
  const all = (await page(db.database, begin)).rows.map((row) => row.position).join();
  return real.read.join() === all && stepwise.read.join() === all;
}

// Thousands of statements, one after the other.
vi.setConfig({ testTimeout: 90_000 });

/** Looks for a schedule that loses a row, or gives one twice or out of order. */
async function findLoss(orders: Orders): Promise<Move[] | undefined> {
  await using db = await openTestDatabase();
  const sessions = await Promise.all([1, 2, 3, 4].map(() => openWriter(db.database)));
  const [reader, ...writers] = sessions as [Writer, ...Writer[]];
  const property = fc.asyncProperty(schedules, (schedule) =>
    isWhole({ db, writers, reader }, orders, schedule),
  );
  const result = await fc.check(property, { numRuns: 100, endOnFailure: true, seed: 5 });
  for (const session of sessions) await session[Symbol.asyncDispose]();
  // A statement that fails is no loss.
  if (result.failed && !String(result.errorInstance).includes('returning false')) throw result.errorInstance;
  return result.counterexample?.[0];
}

test.each<[string, Orders]>([
  ['look, lock, draw and head, locks, rows', RIGHT],
  ['the same with two appends in a transaction', { ...RIGHT, append: [...RIGHT.append, ...RIGHT.append] }],
])('%s: however they meet, every row is read once and in order', async (_, orders) => {
  expect(await findLoss(orders)).toBeUndefined();
});

test.each<[string, Orders]>([
  ['draw before the lock', { ...RIGHT, append: [look, draw, lock] }],
  ['locks before the head', { ...RIGHT, read: [locks, head, rows] }],
  ['rows before the horizon', { ...RIGHT, read: [rows, head, locks] }],
  ['rows between head and locks', { ...RIGHT, read: [head, rows, locks] }],
])('%s: some meeting loses a row, and this search finds it', async (_, orders) => {
  expect(await findLoss(orders)).toBeDefined();
});
