import { type Database, isDatabaseError } from '../db/database.ts';
import { toError } from '../lib/errors.ts';
import type { Reach } from '../lib/failpoint.ts';
import type { Log } from '../lib/log.ts';
import { monotonic, pause } from '../lib/time.ts';
import type { Course } from './course.ts';
import { isMisplaced, planFlush, quietCursor } from './flush-plan.ts';
import type { HeldLane, Lanes } from './lanes.ts';
import { LANE_LOST, NOTHING, settle } from './queries.ts';
import type { OfLane } from './put-off.ts';
import type { Letter, LogEntry } from './unwritten.ts';

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
/** Milliseconds between two looks whether something is written. */
const WRITTEN_MS = 10;

/**
 * Writes down what has become of deliveries: one transaction for cursors, own positions, parked dialogs and the
 * outcomes that justify them. One flush at a time; what happens meanwhile goes with the next.
 */
export class Settler implements AsyncDisposable {
  readonly #options: SettlerOptions;
  #touched = new Set<Course>();
  /** Attempts that have ended since the last flush. */
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  /** The statement about lanes that is under way. */
  #turn: Promise<unknown> = Promise.resolve();
  #stopped = false;

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
    course.notebook.note(entry);
    this.touch(course);
    if (++this.#count >= this.#options.flushMost) void this.flush();
  }

  /** An event is out of attempts. */
  bury(course: Course, letter: Letter): void {
    course.notebook.bury(letter);
    this.touch(course);
  }

  /**
   * One statement about lanes at a time. Two that lock the same lanes in different orders would wait for each other;
   * and a renewal must not move a cursor past a course that a flush under way lets join.
   */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /**
   * Gives subscriptions that share the cursor of their lane positions of their own. They are asleep, and everything that
   * they want at or below the position is settled.
   *
   * @throws when the database does not take it
   */
  setApart(asleep: readonly OfLane[], at: number): Promise<void> {
    const { database, owner, letterDays } = this.#options;
    return this.inTurn(() => {
      const lanes = [...new Set(asleep.map(({ lane }) => lane))];
      const own = asleep.map(({ lane, id }) => {
        return { subscription: id, position: Math.max(at, lane.claimed), cause: 'crowded' };
      });
      const named = lanes.map(({ lane, epoch, cursor }) => ({ lane, epoch, cursor }));
      return settle(database, owner, { letterDays, batch: { ...NOTHING, lanes: named, own } });
    });
  }

  /** The cursor that a renewal of the lease may give a lane. Only for use in turn. */
  quietCursor(lane: HeldLane): number {
    return quietCursor(lane, this.#touched, this.#options.followed());
  }

  /** Sees to courses that may have to change sides although nothing happens to them. */
  sweep(): void {
    const lateBefore = monotonic() - this.#options.handoverMs;
    for (const lane of this.#options.lanes.held.values())
      for (const course of lane.busy) if (isMisplaced(course, lateBefore)) this.touch(course);
  }

  /** Writes everything that is unwritten, or waits for the flush under way. */
  flush(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#flushing ??= this.inTurn(() => this.#flushOnce()).finally(() => {
      this.#flushing = undefined;
      if (this.#touched.size > 0) this.#schedule(this.#options.flushMs);
    });
    return this.#flushing;
  }

  /** Resolves when what has become of the course's deliveries by now is written, or the course has ended. */
  async written(course: Course): Promise<void> {
    // The flush that is under way may have been planned before; the one after it holds everything.
    for (const enough = course.commits + 2; course.commits < enough && !course.ended && !this.#stopped; ) {
      this.touch(course);
      await this.flush();
      if (course.commits < enough) await pause(WRITTEN_MS);
    }
  }

  /** Writes a last time. What comes after it is not written: the next owner of the lane finds out for itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flushing;
    if (this.#touched.size > 0) await this.flush();
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(milliseconds: number): void {
    if (this.#stopped) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, milliseconds);
  }

  async #flushOnce(): Promise<void> {
    const { database, owner, letterDays, reach, lanes, followed, handoverMs } = this.#options;
    const touched = this.#touched;
    this.#touched = new Set();
    this.#count = 0;
    const now = monotonic();
    const lateBefore = now - handoverMs;
    const left = (course: Course) => this.#left(course);
    const plan = planFlush({ touched, held: lanes.held, followed: followed(), now, lateBefore, left });
    if (plan.courses.length === 0) return;
    try {
      reach('before-settle');
      await settle(database, owner, { letterDays, batch: plan.batch });
      reach('after-settle');
      plan.commit();
    } catch (thrown) {
      plan.rollBack();
      for (const course of plan.courses) this.#touched.add(course);
      this.#explain(thrown);
    }
  }

  #left(course: Course): void {
    const { reach, left } = this.#options;
    reach('own-position');
    left(course);
  }

  #explain(thrown: unknown): void {
    const { log, lanes } = this.#options;
    if (isDatabaseError(thrown, LANE_LOST)) lanes.renewSoon();
    log.warn({ err: toError(thrown).message }, 'outcomes could not be written yet');
    this.#schedule(RETRY_MS);
  }
}
