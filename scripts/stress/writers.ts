import { type Database, sql, type Transaction } from '../../src/db/database.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { append, appendAndCommit } from '../../src/events/queries.ts';
import { monotonic, pause } from '../../src/lib/time.ts';
import { DIALOGS, resourceOf } from './ground.ts';
import { Random } from './random.ts';

const LOCK = sql(
  'stress.lock',
  'UPDATE stress.dialog SET change = change + 1 WHERE id = $1 RETURNING change',
);
const SAVEPOINT = sql('', 'SAVEPOINT attempt');
const ROLLBACK_TO = sql('', 'ROLLBACK TO attempt');

/** When the commit of a position had returned, in monotonic milliseconds. */
export type Commits = Map<number, number>;

export interface WritersOptions {
  readonly database: Database;
  readonly writers: number;
  readonly seed: number;
  readonly commits: Commits;
  /** Called after every commit. */
  readonly grown: () => void;
  readonly signal: AbortSignal;
}

export interface WriterCounts {
  committed: number;
  rolledBack: number;
  savepoints: number;
}

/** Thrown to roll back. */
class ChangeOfMind extends Error {}

/**
 * Writers that change one to three dialogs per transaction, each dialog under its row lock, until the signal. Some append
 * once, some after every dialog with a pause between, some behind a savepoint that was rolled back, some change their
 * mind.
 */
export async function runWriters(options: WritersOptions): Promise<WriterCounts> {
  const counts: WriterCounts = { committed: 0, rolledBack: 0, savepoints: 0 };
  const run = async (number: number) => {
    const random = new Random(options.seed + number);
    while (!options.signal.aborted) await writeOnce(options, random, counts);
  };
  await Promise.all(Array.from({ length: options.writers }, (_, number) => run(number)));
  return counts;
}

async function writeOnce(options: WritersOptions, random: Random, counts: WriterCounts): Promise<void> {
  try {
    const positions = await options.database.transaction((transaction) =>
      change(transaction, random, counts),
    );
    const at = monotonic();
    for (const position of positions) options.commits.set(position, at);
    counts.committed++;
    options.grown();
  } catch (thrown) {
    if (!(thrown instanceof ChangeOfMind)) throw thrown;
    counts.rolledBack++;
  }
}

async function change(transaction: Transaction, random: Random, counts: WriterCounts): Promise<number[]> {
  // In the order of their numbers, so that two writers cannot wait for each other.
  const dialogs = Array.from({ length: 1 + random.below(3) }, () => random.below(DIALOGS));
  const [first = 0, ...others] = [...new Set(dialogs)].toSorted((a, b) => a - b);
  if (random.chance(0.1)) {
    counts.savepoints++;
    await transaction.query(SAVEPOINT);
    await append(transaction, [await changed(transaction, first)]);
    await transaction.query(ROLLBACK_TO);
  }
  const isInTurn = random.chance(0.1);
  const changesMind = random.chance(0.08);
  const positions: number[] = [];
  let events = [await changed(transaction, first)];
  for (const dialog of others) {
    if (isInTurn) {
      positions.push(...(await append(transaction, events)));
      events = [];
      if (random.chance(0.1)) await pause(random.below(10));
    }
    events.push(await changed(transaction, dialog));
  }
  if (changesMind) {
    await append(transaction, events);
    throw new ChangeOfMind();
  }
  return [...positions, ...(await appendAndCommit(transaction, events))];
}

/** Takes the dialog's row lock and makes the event of its change. */
async function changed(transaction: Transaction, dialog: number): Promise<EventDraft> {
  const [row] = await transaction.query<{ change: string }>(LOCK, [dialog]);
  return eventOf(dialog, Number(row?.change));
}

export function eventOf(dialog: number, count: number): EventDraft {
  const id = `${dialog}-${count}`;
  const resource = resourceOf(dialog);
  const source = `https://platform.altinn.no/dialogporten/api/v1/enduser/dialogs/${dialog}`;
  const type = 'dialogporten.dialog.updated.v1';
  const subject = 'urn:altinn:organization:identifier-no:310923044';
  return {
    ...{ audience: 'all', owner: '991825827', change: count, dialogSequence: count, type, resource },
    ...{ resourceInstance: String(dialog), subject, source, id, time: null, trace: null },
    bytes: JSON.stringify({ specversion: '1.0', id, source, type, resource, subject, dialogsequence: count }),
  };
}
