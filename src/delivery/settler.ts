import { type Database, isDatabaseError } from '../db/database.ts';
import { toError } from '../lib/errors.ts';
import type { Reach } from '../lib/failpoint.ts';
import type { Log } from '../lib/log.ts';
import { monotonic } from '../lib/time.ts';
import type { Course } from './course.ts';
import { planFlush, type FlushPlan, type Letter, type LogEntry } from './flush-plan.ts';
import type { HeldLane, Lanes } from './lanes.ts';
import { LANE_LOST, settle } from './queries.ts';

export interface SettlerOptions {
  readonly database: Database;
  readonly lanes: Lanes;
  readonly owner: string;
  /** Where the follower of the whole log stands. */
  readonly followed: () => number;
  /** A flush comes so many milliseconds after the first change … */
  readonly flushMs: number;
  /** … or when so many outcomes wait. */
  readonly flushMost: number;
  /** Milliseconds after which an open delivery gives its subscription a position of its own. */
  readonly handoverMs: number;
  /** Days that a dead letter is kept. */
  readonly letterDays: number;
  readonly log: Log;
  readonly reach: Reach;
  /** A course has left its lane: read for it alone. */
  readonly left: (course: Course) => void;
}

/** Milliseconds to wait after a flush that the database did not take. */
const RETRY_MS = 200;

/**
 * Writes down what has become of deliveries: one transaction for cursors, own positions, parked dialogs and the
 * outcomes that justify them. One flush at a time; what happens meanwhile goes with the next.
 */
export class Settler implements AsyncDisposable {
  readonly #options: SettlerOptions;
  #touched = new Set<Course>();
  #entries: LogEntry[] = [];
  #letters: Letter[] = [];
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #inFlush = new Set<Course>();

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** Something has changed about the course. */
  touch(course: Course): void {
    this.#touched.add(course);
    this.#schedule(this.#options.flushMs);
  }

  /** An attempt has ended; goes to the delivery log. */
  record(course: Course, entry: LogEntry): void {
    this.#entries.push(entry);
    this.#count++;
    this.touch(course);
    if (this.#count >= this.#options.flushMost) void this.flush();
  }

  /** A delivery is out of attempts. */
  bury(course: Course, letter: Letter): void {
    this.#letters.push(letter);
    this.touch(course);
  }

  /** The cursor that a renewal of the lease may give a lane: nothing may stand between it and the follower. */
  quietCursor(lane: HeldLane): number {
    if (lane.busy.size > 0) return lane.cursor;
    for (const course of [...this.#touched, ...this.#inFlush]) {
      if (course.subscription.lane === lane.lane) return lane.cursor;
    }
    return Math.max(lane.cursor, this.#options.followed());
  }

  /** Gives courses whose oldest delivery has been open for too long a position of their own. */
  sweep(): void {
    const late = monotonic() - this.#options.handoverMs;
    for (const lane of this.#options.lanes.held.values()) {
      for (const course of lane.busy) {
        const oldest = course.oldestHandedAt();
        if (course.joined && (!course.attached || (oldest !== undefined && oldest < late)))
          this.touch(course);
      }
    }
  }

  /** Writes everything that is unwritten, or waits for the flush under way. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flushOnce().finally(() => {
      this.#flushing = undefined;
      if (this.#touched.size > 0) this.#schedule(this.#options.flushMs);
    });
    return this.#flushing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#flushing;
    if (this.#touched.size > 0) await this.flush();
    clearTimeout(this.#timer);
  }

  #schedule(milliseconds: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, milliseconds);
  }

  async #flushOnce(): Promise<void> {
    const { database, owner, letterDays, reach } = this.#options;
    const plan = this.#takePlan();
    if (plan.batch.lanes.length === 0) return;
    try {
      reach('before-settle');
      await settle(database, owner, { letterDays, batch: plan.batch });
      reach('after-settle');
      plan.commit();
    } catch (thrown) {
      plan.rollBack();
      this.#keep(plan, thrown);
    } finally {
      this.#inFlush = new Set();
    }
  }

  #takePlan(): FlushPlan {
    const { lanes, followed, handoverMs, left } = this.#options;
    this.#inFlush = this.#touched;
    const plan = planFlush({
      touched: this.#touched,
      held: lanes.held,
      followed: followed(),
      lateBefore: monotonic() - handoverMs,
      entries: this.#entries,
      letters: this.#letters,
      left,
    });
    this.#touched = new Set();
    this.#entries = [];
    this.#letters = [];
    this.#count = 0;
    return plan;
  }

  #keep(plan: FlushPlan, thrown: unknown): void {
    const { log, lanes } = this.#options;
    for (const course of plan.courses) if (!course.ended) this.#touched.add(course);
    this.#letters.unshift(...plan.letters);
    if (isDatabaseError(thrown, LANE_LOST)) lanes.renewSoon();
    log.warn({ err: toError(thrown).message }, 'outcomes could not be written yet');
    this.#schedule(RETRY_MS);
  }
}
