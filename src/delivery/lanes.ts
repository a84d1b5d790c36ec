import type { Database } from '../db/database.ts';
import { toError } from '../lib/errors.ts';
import type { Reach } from '../lib/failpoint.ts';
import type { Log } from '../lib/log.ts';
import { monotonic, pause } from '../lib/time.ts';
import type { Course } from './course.ts';
import { leaseLanes, releaseLanes } from './queries.ts';

/** A lane that this process owns. */
export interface HeldLane {
  readonly lane: number;
  /** Raised at every change of owner; every write about the lane names it. */
  readonly epoch: number;
  /** As committed. */
  cursor: number;
  readonly courses: Set<Course>;
  /** Courses that the cursor may have to wait for. */
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
  /** How far a lane's cursor may be moved by a renewal: beyond its committed one only when nothing is unwritten. */
  readonly quietCursor: (lane: HeldLane) => number;
  readonly gained: (lanes: HeldLane[]) => Promise<void>;
  readonly lost: (lanes: HeldLane[]) => void;
}

/**
 * Leases lanes: one statement renews, advances and takes over. A lease is counted from the moment before the statement
 * was sent, on a clock that never goes back, so that this process gives up before the database gives the lane away.
 */
export class Lanes {
  readonly held = new Map<number, HeldLane>();
  readonly #options: LanesOptions;
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
        if (!this.isLeased(monotonic())) this.#drop([...this.held.values()]);
      }
      await pause(leaseMs / 4, AbortSignal.any([signal, this.#nudge.signal]));
    }
  }

  async release(): Promise<void> {
    this.#leaseUntil = 0;
    await releaseLanes(this.#options.database, this.#options.owner);
  }

  async #renew(): Promise<void> {
    const { database, owner, leaseMs, quietCursor, gained, reach } = this.#options;
    const asked = monotonic();
    const held = [...this.held.values()].map((lane) => ({
      lane: lane.lane,
      epoch: lane.epoch,
      cursor: quietCursor(lane),
    }));
    const rows = await leaseLanes(database, owner, { ms: leaseMs, held });
    const kept = new Set(rows.filter((row) => !row.taken).map((row) => row.lane));
    this.#drop([...this.held.values()].filter((lane) => !kept.has(lane.lane)));
    this.#leaseUntil = asked + leaseMs;
    for (const row of rows) {
      const lane = this.held.get(row.lane);
      if (lane && !row.taken) lane.cursor = Math.max(lane.cursor, row.cursor);
    }
    const taken = rows.filter((row) => row.taken);
    if (taken.length === 0) return;
    reach('lanes-leased');
    const lanes = taken.map(
      ({ lane, epoch, cursor }): HeldLane => ({ lane, epoch, cursor, courses: new Set(), busy: new Set() }),
    );
    await gained(lanes);
    for (const lane of lanes) this.held.set(lane.lane, lane);
  }

  #drop(lanes: HeldLane[]): void {
    if (lanes.length === 0) return;
    for (const lane of lanes) this.held.delete(lane.lane);
    this.#options.lost(lanes);
  }
}
