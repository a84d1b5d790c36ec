import { createHash } from 'node:crypto';
import type { Database, Queries } from '../db/database.ts';
import { formatCursor, parseCursor } from '../events/cursor.ts';
import { Failure } from '../lib/errors.ts';
import { type EpochStart, openEpoch, readIdentity } from './queries.ts';

/** The timelines under which the database has served. */
export interface Timelines {
  /** Epoch of the one that serves now. */
  readonly current: string;
  /** Where each began, in order. */
  readonly starts: readonly EpochStart[];
}

/** Cursors of one key and epoch that were made lately, by position: one event goes to many, with one watermark. */
interface Written {
  readonly key: Uint8Array | undefined;
  readonly epoch: string;
  readonly texts: Map<number, string>;
}

const WRITTEN_MOST = 1000;

/**
 * Cursors as clients hold them. Positions after a failover or a restore are other events than those of the same number
 * before it, so a cursor names its epoch.
 */
export class Epochs {
  readonly #keys: () => Iterable<Uint8Array>;
  #timelines: Timelines;
  #written: Written = { key: undefined, epoch: '', texts: new Map() };

  constructor(timelines: Timelines, keys: () => Iterable<Uint8Array>) {
    this.#timelines = timelines;
    this.#keys = keys;
  }

  /** Takes in which timeline a connection leads to, and registers it when it is new. */
  async confirm(connection: Queries): Promise<void> {
    const current = await epochOf(connection);
    if (current === this.#timelines.current) return;
    this.#timelines = { current, starts: await openEpoch(connection, current) };
  }

  /** A position as clients hold it. */
  format(position: number): string {
    const [key] = this.#keys();
    if (!key) throw new Error('there is no key for cursors');
    const epoch = this.#timelines.current;
    const isKnown = this.#written.key === key && this.#written.epoch === epoch;
    if (!isKnown || this.#written.texts.size >= WRITTEN_MOST)
      this.#written = { key, epoch, texts: new Map() };
    const { texts } = this.#written;
    const text = texts.get(position) ?? formatCursor({ epoch, position }, key);
    texts.set(position, text);
    return text;
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
    const { starts } = this.#timelines;
    const at = starts.findIndex((one) => one.epoch === cursor.epoch);
    if (at < 0) throw new CursorExpired();
    const end = starts[at + 1]?.first;
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

/**
 * Registers the timeline that the database serves under, and from now on that of every new connection before it is used:
 * nothing may be appended, or named to a client, under a timeline that has no epoch yet. A failover ends all
 * connections, so none outlives its timeline; a server that only stands by is refused.
 */
export async function openEpochs(database: Database, keys: () => Iterable<Uint8Array>): Promise<Epochs> {
  const epochs = new Epochs({ current: '', starts: [] }, keys);
  database.greet((connection) => epochs.confirm(connection));
  await epochs.confirm(database);
  return epochs;
}

async function epochOf(connection: Queries): Promise<string> {
  const { system, timeline } = await readIdentity(connection);
  return createHash('sha256').update(`${system} ${timeline}`).digest('hex').slice(0, 8);
}
