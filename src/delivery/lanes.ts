import type { Database } from '../db/database.ts';
import { toError } from '../lib/errors.ts';
import type { Reach } from '../lib/failpoint.ts';
import type { Log } from '../lib/log.ts';
import { monotonic, pause } from '../lib/time.ts';
import type { Interest } from '../subscriptions/matching.ts';
import type { Course } from './course.ts';
import { type LaneHolding, type LaneRow, releaseLanes, shareLanes } from './queries.ts';

/** A lane that this process owns. */
export interface HeldLane {
  readonly lane: number;
  /** Raised at every change of owner; every write about the lane names it. */
  readonly epoch: number;
  /** As committed. */
  cursor: number;
  /** The highest that was ever asked for: a statement whose answer was lost may still be carried out. */
  claimed: number;
  /** What its subscriptions want to which events flow, by id. */
  readonly interests: Map<number, Interest>;
  readonly courses: Set<Course>;
  /** Courses that a flush may have to see to: something is open, or they do not share the cursor. */
  readonly busy: Set<Course>;
  /**
   * Monotonic milliseconds at which it goes to the process that waits for it, whatever is still under way; undefined
   * while nobody waits. Nothing of it begins any more once this is set.
   */
  leavesBy: number | undefined;
  /** It belongs to somebody else now. */
  isGone: boolean;
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
  /** Writes down what has come of deliveries. */
  readonly flush: () => Promise<void>;
  readonly lost: (lanes: HeldLane[]) => void;
}

/** A renewal comes so many times in a lease; more often while lanes move from process to process. */
const RENEWALS = 4;
const RENEWALS_MOVING = 20;

/**
 * Leases lanes: one statement renews, advances, gives back, takes over and claims. A lease is counted from the moment
 * before the statement was sent, on a clock that never goes back, so that this process gives up before the database
 * gives the lane away.
 *
 * A lane that was taken over *arrives*: it is renewed like any other while its courses are loaded, which may take
 * longer than a lease lasts. From then on it is *held*.
 *
 * Processes know each other through the lanes alone. One that has fewer than another claims some of its lanes; the
 * owner learns that at its next renewal, and the lane *leaves*: nothing of it begins any more, what is under way ends
 * and is written down, and only then is the lane given back, so that whoever takes it over reads where to go on. An
 * endpoint that hangs holds its lane no longer than a lease: its event is then in flight twice.
 */
export class Lanes {
  readonly held = new Map<number, HeldLane>();
  readonly #arriving = new Map<number, HeldLane>();
  readonly #options: LanesOptions;
  #loading: Promise<void> | undefined;
  #leaseUntil = 0;
  #nudge = new AbortController();
  /** Lanes that this process waits for. */
  #claimed = 0;

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
      const renewals = this.#isMoving ? RENEWALS_MOVING : RENEWALS;
      await pause(leaseMs / renewals, AbortSignal.any([signal, this.#nudge.signal]));
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
    const { reach, signal, inTurn, flush, leaseMs } = this.#options;
    if (this.#isLeaving) await flush();
    const { asked, rows } = await inTurn(() => this.#share());
    const renewed = new Map(rows.filter(isRenewed).map((row) => [row.lane, row]));
    this.#keepOnly((lane) => renewed.has(lane.lane));
    this.#leaseUntil = asked + leaseMs;
    for (const lane of this.#all()) advance(lane, renewed.get(lane.lane)!, asked + leaseMs);
    const taken = rows.filter((row) => row.standing === 'taken');
    this.#claimed = rows.filter((row) => row.standing === 'claimed').length;
    reach(taken.length > 0 ? 'lanes-leased' : 'lanes-renewed');
    for (const row of taken) this.#arriving.set(row.lane, toLane(row));
    if (this.#arriving.size > 0 && !signal.aborted) this.#loading ??= this.#load();
  }

  async #share(): Promise<{ asked: number; rows: LaneRow[] }> {
    const { database, owner, leaseMs } = this.#options;
    const held = this.#all().map((lane) => this.#toHolding(lane));
    const given = new Set(held.filter((lane) => lane.given).map(({ lane }) => lane));
    // Before the statement is sent: when it is carried out, somebody else may begin at once.
    this.#keepOnly((lane) => !given.has(lane.lane));
    const asked = monotonic();
    return { asked, rows: await shareLanes(database, owner, { ms: leaseMs, held }) };
  }

  #toHolding(lane: HeldLane): LaneHolding {
    const isHeld = this.held.has(lane.lane);
    const given = lane.leavesBy !== undefined && (isAtRest(lane) || this.#isOverdue(lane));
    const cursor = isHeld ? this.#options.quietCursor(lane) : lane.cursor;
    return { lane: lane.lane, epoch: lane.epoch, cursor, given };
  }

  #isOverdue({ lane, leavesBy = Number.POSITIVE_INFINITY }: HeldLane): boolean {
    const isOverdue = leavesBy <= monotonic();
    if (isOverdue) this.#options.log.warn({ lane }, 'a lane goes to another process with requests under way');
    return isOverdue;
  }

  get #isLeaving(): boolean {
    return this.#all().some((lane) => lane.leavesBy !== undefined);
  }

  /** Lanes are on their way from this process or to it. */
  get #isMoving(): boolean {
    return this.#claimed > 0 || this.#isLeaving;
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
      lane.isGone = true;
    }
    if (lost.length === 0) return;
    this.#options.log.info({ lanes: lost.length }, 'lanes have gone');
    this.#options.lost(lost);
  }
}

/** A lane as it was taken over. */
export function toLane({ lane, epoch, cursor }: Pick<LaneRow, 'lane' | 'epoch' | 'cursor'>): HeldLane {
  return {
    ...{ lane, epoch, cursor, claimed: cursor, leavesBy: undefined, isGone: false },
    ...{ interests: new Map(), courses: new Set(), busy: new Set() },
  };
}

function isRenewed({ standing }: LaneRow): boolean {
  return standing === 'held' || standing === 'wanted';
}

function advance(lane: HeldLane, { cursor, standing }: LaneRow, leavesBy: number): void {
  lane.cursor = Math.max(lane.cursor, cursor);
  lane.claimed = Math.max(lane.claimed, cursor);
  if (standing === 'wanted') lane.leavesBy ??= leavesBy;
}

/** Whether nothing of the lane is under way, and all of it is written down. */
function isAtRest(lane: HeldLane): boolean {
  for (const course of lane.courses) if (!course.isAtRest) return false;
  return true;
}
