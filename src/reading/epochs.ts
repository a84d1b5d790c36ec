import { createHash } from 'node:crypto';
import type { Queries } from '../db/database.ts';
import { formatCursor, parseCursor } from '../events/cursor.ts';
import { Failure } from '../lib/errors.ts';
import { type EpochStart, openEpoch, readIdentity } from './queries.ts';

/** The timelines under which this database has served, and cursors of theirs. */
export class Epochs {
  readonly #current: string;
  readonly #starts: readonly EpochStart[];
  readonly #keys: () => readonly Uint8Array[];

  constructor(current: string, known: { starts: readonly EpochStart[]; keys: () => readonly Uint8Array[] }) {
    this.#current = current;
    this.#starts = known.starts;
    this.#keys = known.keys;
  }

  /** A position as clients hold it. */
  format(position: number): string {
    const [key] = this.#keys();
    if (!key) throw new Error('there is no key for cursors');
    return formatCursor({ epoch: this.#current, position }, key);
  }

  /**
   * The position that a cursor stands for; undefined when the text is no cursor of ours. A cursor of an older epoch is
   * good up to that epoch's end.
   *
   * @throws Failure `cursor-expired` beyond it, and for an epoch that is unknown
   */
  position(text: string): number | undefined {
    const cursor = parseCursor(text, this.#keys());
    if (!cursor) return undefined;
    const at = this.#starts.findIndex((one) => one.epoch === cursor.epoch);
    if (at < 0) throw new CursorExpired();
    const end = this.#starts[at + 1]?.first;
    if (end !== undefined && cursor.position > end) throw new CursorExpired(this.format(end));
    return cursor.position;
  }
}

/** A place that the log cannot be read from; whoever answers adds the links out of it. */
export class CursorExpired extends Failure {
  /** The end of the cursor's epoch, where nothing is lost and some is repeated; undefined when it is not known. */
  readonly resume: string | undefined;

  constructor(resume?: string) {
    super('cursor-expired');
    this.resume = resume;
  }
}

/** Registers the timeline that the database serves under, and knows the older ones. */
export async function openEpochs(queries: Queries, keys: () => readonly Uint8Array[]): Promise<Epochs> {
  const { system, timeline } = await readIdentity(queries);
  const current = createHash('sha256').update(`${system} ${timeline}`).digest('hex').slice(0, 8);
  return new Epochs(current, { starts: await openEpoch(queries, current), keys });
}
