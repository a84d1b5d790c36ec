import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { readEnd } from '../../src/reading/queries.ts';
import { openTestDatabase } from '../support/database.ts';
import { openWriter, page, type Writer } from '../support/log.ts';

/**
 * What `append_events` does in one call, as steps that others can come between: every order in which three writers and
 * a reader can meet is allowed. The reader is the real one.
 */
type Step = (writer: Writer, seen: { at: string }) => Promise<void>;

const look: Step = async (writer, seen) => {
  const [sequence] = await writer.run<{ last_value: string }>('SELECT last_value FROM event_position');
  seen.at = sequence!.last_value;
};
const lock: Step = async (writer, seen) => {
  await writer.run(`SELECT pg_advisory_xact_lock_shared(append_lock(${seen.at}))`);
};
const draw: Step = async (writer) => {
  await writer.run(`INSERT INTO event (position, audience, owner, type, resource, source, id, bytes)
    VALUES (nextval('event_position'), 'all', '991825827', 'a.type', 'a:resource', 'a:source', 'an-id', '{}')`);
};

/** One move of the schedule: a writer takes its next step, ending its transaction as said; 3 is the reader. */
interface Move {
  readonly who: number;
  readonly commits: boolean;
}
const moves: fc.Arbitrary<Move[]> = fc.array(fc.record({ who: fc.nat(3), commits: fc.boolean() }), {
  minLength: 12,
  maxLength: 48,
});

/** Plays the schedule to its end; gives what the reader read and what it should have read, in the order of positions. */
async function play(db: { database: Database; writers: Writer[] }, steps: Step[], schedule: Move[]) {
  const lives = db.writers.map((writer) => ({ writer, step: 0, seen: { at: '' } }));
  const begin = await readEnd(db.database);
  const read: number[] = [];
  let cursor = begin;
  const readOn = async () => {
    const { rows, next } = await page(db.database, cursor);
    read.push(...rows.map((row) => row.position));
    cursor = next;
  };
  const move = async (life: (typeof lives)[number], commits: boolean) => {
    if (life.step === 0) await life.writer.run('BEGIN');
    const step = steps[life.step++];
    if (step) return step(life.writer, life.seen);
    await life.writer.run(commits ? 'COMMIT' : 'ROLLBACK');
    life.step = 0;
  };
  for (const { who, commits } of schedule) await (lives[who] ? move(lives[who], commits) : readOn());
  for (const life of lives) while (life.step > 0) await move(life, true);
  await readOn();
  // Nothing is open any more: from the start, everything is readable.
  const { rows } = await page(db.database, begin);
  return { read, expected: rows.map((row) => row.position) };
}

async function findLoss(steps: Step[], runs: number): Promise<Move[] | undefined> {
  await using db = await openTestDatabase();
  const writers = await Promise.all([1, 2, 3].map(() => openWriter(db.database)));
  const property = fc.asyncProperty(moves, async (schedule) => {
    const { read, expected } = await play({ database: db.database, writers }, steps, schedule);
    return read.join() === expected.join();
  });
  const result = await fc.check(property, { numRuns: runs, endOnFailure: true, seed: 20_190_307 });
  for (const writer of writers) await writer[Symbol.asyncDispose]();
  return result.counterexample?.[0];
}

test('look, lock, draw: however writers, rollbacks and a reader meet, every row is read once and in order', async () => {
  expect(await findLoss([look, lock, draw, look, lock, draw], 200)).toBeUndefined();
});

test('draw before lock: some meeting loses a row, and this search finds it', async () => {
  expect(await findLoss([look, draw, lock], 200)).toBeDefined();
});
