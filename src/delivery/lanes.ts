import type { Database } from '../db/database.ts';
import { toError } from '../lib/errors.ts';
import type { Reach } from '../lib/failpoint.ts';
import type { Log } from '../lib/log.ts';
import { monotonic, pause } from '../lib/time.ts';
import type { Course } from './course.ts';
import { type LaneRow, leaseLanes, releaseLanes } from './queries.ts';

/** A lane that this process owns. */
export interface HeldLane {
  readonly lane: number;
  /** Raised at every change of owner; every write about the lane names it. */
  readonly epoch: number;
  /** As committed. */
  cursor: number;
  /** The highest that was ever asked for: a statement whose answer was lost may still be carried out. */
  claimed: number;
  readonly courses: Set<Course>;
  /** Courses that a flush may have to see to: something is open, or they do not share the cursor. */
  readonly busy: Set<Course>;
}

export interface LanesOptions {
  readonly database: Database;
  /** Names this process for as long as it runs. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly log: Log;
  readonly reach: Reach;
  readonly signal: AbortSignal;
  /** Runs one statement about lanes at a time. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** How far a lane's cursor may be moved by a renewal: beyond its committed one only when nothing is unwritten. */
  readonly quietCursor: (lane: HeldLane) => number;
  /** Loads lanes that are leased. Calls back, with nothing awaited before their courses begin, for those still ours. */
  readonly load: (lanes: readonly HeldLane[], takeOver: () => HeldLane[]) => Promise<void>;
  readonly lost: (lanes: HeldLane[]) => void;
}

/**
 * Leases lanes: one statement renews, advances and takes over. A lease is counted from the moment before the statement
 * was sent, on a clock that never goes back, so that this process gives up before the database gives the lane away.
 *
 * A lane that was taken over *arrives*: it is renewed like any other while its courses are loaded, which may take
 * longer than a lease lasts. From then on it is *held*.
 */
export class Lanes {
  readonly held = new Map<number, HeldLane>();
  readonly #arriving = new Map<number, HeldLane>();
  readonly #options: LanesOptions;
  #loading: Promise<void> | undefined;
  #leaseUntil = 0;
  #nudge = new AbortController();

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  /** Whether a request may still be written to a socket in the name of these lanes. */
  isLeased(now: number): boolean {
    return now < this.#leaseUntil;
  }

  /** Asks for a renewal at once, because the database refused a write. */
  renewSoon(): void {
    this.#nudge.abort();
  }

  /** Renews until the signal is aborted. A renewal that fails is tried again; the lease runs out meanwhile. */
  async run(): Promise<void> {
    const { signal, leaseMs, log } = this.#options;
    while (!signal.aborted) {
      this.#nudge = new AbortController();
      try {
        await this.#renew();
      } catch (thrown) {
        log.warn({ err: toError(thrown).message }, 'the lanes could not be leased');
        if (!this.isLeased(monotonic())) this.#keepOnly(() => false);
      }
      await pause(leaseMs / 4, AbortSignal.any([signal, this.#nudge.signal]));
    }
    await this.#loading;
  }

  /** Gives everything back, so that another process may have it at once. */
  async release(): Promise<void> {
    this.#leaseUntil = 0;
    this.#keepOnly(() => false);
    await releaseLanes(this.#options.database, this.#options.owner);
  }

  async #renew(): Promise<void> {
    const { reach, signal } = this.#options;
    const { asked, rows } = await this.#options.inTurn(() => this.#lease());
    const renewed = new Map(rows.filter((row) => !row.taken).map((row) => [row.lane, row]));
    this.#keepOnly((lane) => renewed.has(lane.lane));
    this.#leaseUntil = asked + this.#options.leaseMs;
    for (const lane of this.#all()) advance(lane, renewed.get(lane.lane)!.cursor);
    const taken = rows.filter((row) => row.taken);
    reach(taken.length > 0 ? 'lanes-leased' : 'lanes-renewed');
    for (const row of taken) this.#arriving.set(row.lane, toLane(row));
    if (this.#arriving.size > 0 && !signal.aborted) this.#loading ??= this.#load();
  }

  async #lease(): Promise<{ asked: number; rows: LaneRow[] }> {
    const { database, owner, leaseMs, quietCursor } = this.#options;
    const held = this.#all().map((lane) => ({
      lane: lane.lane,
      epoch: lane.epoch,
      cursor: this.held.has(lane.lane) ? quietCursor(lane) : lane.cursor,
    }));
    const asked = monotonic();
    return { asked, rows: await leaseLanes(database, owner, { ms: leaseMs, held }) };
  }

  async #load(): Promise<void> {
    const { load, log } = this.#options;
    const lanes = [...this.#arriving.values()];
    try {
      await load(lanes, () => this.#take(lanes));
    } catch (thrown) {
      log.warn({ err: toError(thrown).message }, 'lanes that were taken over could not be loaded yet');
    } finally {
      this.#loading = undefined;
    }
  }

  /** Of these, those that have not been lost while they were loaded. */
  #take(lanes: readonly HeldLane[]): HeldLane[] {
    const taken = lanes.filter((lane) => this.#arriving.get(lane.lane) === lane);
    this.#options.log.info({ lanes: taken.length }, 'lanes have been taken over');
    for (const lane of taken) {
      this.#arriving.delete(lane.lane);
      this.held.set(lane.lane, lane);
    }
    return taken;
  }

  #all(): HeldLane[] {
    return [...this.held.values(), ...this.#arriving.values()];
  }

  #keepOnly(isKept: (lane: HeldLane) => boolean): void {
    const lost = this.#all().filter((lane) => !isKept(lane));
    for (const lane of lost) {
      this.held.delete(lane.lane);
      this.#arriving.delete(lane.lane);
    }
    if (lost.length === 0) return;
    this.#options.log.info({ lanes: lost.length }, 'lanes have gone');
    this.#options.lost(lost);
  }
}

function toLane({ lane, epoch, cursor }: LaneRow): HeldLane {
  return { lane, epoch, cursor, claimed: cursor, courses: new Set(), busy: new Set() };
}

function advance(lane: HeldLane, cursor: number): void {
  lane.cursor = Math.max(lane.cursor, cursor);
  lane.claimed = Math.max(lane.claimed, cursor);
}
