import type { Database } from '../db/database.ts';
import type { Reach } from '../lib/failpoint.ts';
import type { Log } from '../lib/log.ts';
import { monotonic, pause } from '../lib/time.ts';
import { type Asked, followLog, type Hints } from '../reading/follow.ts';
import type { LogPage } from '../reading/queries.ts';
import type { Course } from './course.ts';
import type { Roster } from './roster.ts';

export interface IntakeOptions {
  readonly database: Database;
  readonly hints: Hints;
  readonly pollMs: number;
  readonly roster: Roster;
  /** Takes in the versions that came with a page. */
  readonly confirm: (page: LogPage, askedAt: number) => Promise<void>;
  readonly mainUnitOf: (subject: string | null) => string | undefined;
  /** Deliveries that the process may have open; from half of that on it reads no further. */
  readonly openMost: number;
  /** Rows have been offered to the course. */
  readonly offered: (course: Course) => void;
  /** More was offered to the course than it may have open: it has been detached. */
  readonly overflowed: (course: Course) => void;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly reach: Reach;
}

/** A page of the whole log. */
const PAGE = { rows: 500, scan: 500, bytes: 4 << 20 };
/** Deliveries that one course may have open before it is read for alone. */
const COURSE_OPEN_MOST = 1024;
const FULL_WAIT_MS = 2;

/** Follows the whole log once and offers each row to the attached courses that want it. */
export class Intake {
  readonly #options: IntakeOptions;
  /** Every row at or below has been offered to every attached course. */
  #followed = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  #lookAgain: () => void = () => undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Every row at or below has been offered to every attached course. */
  get followed(): number {
    return this.#followed;
  }

  /** Resolves when nothing is read any more. */
  get ended(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  /** Goes back to a position, if it has passed it, and reads on from there at once. */
  sendBack(position: number): void {
    this.#followed = Math.min(this.#followed, position);
    this.#running ??= this.#run();
    this.#lookAgain();
  }

  #run(): Promise<void> {
    const { database, hints, log, pollMs, signal } = this.#options;
    return followLog({
      ...{ database, log, pollMs, signal, purpose: 'delivery', budget: PAGE },
      hints: { onGrown: (listener) => hints.onGrown((this.#lookAgain = listener)) },
      position: () => this.#followed,
      take: (page, asked) => this.#take(page, asked),
    });
  }

  async #take(page: LogPage, asked: Asked): Promise<void> {
    const { confirm, reach, offered, roster, openMost, signal } = this.#options;
    await confirm(page, asked.at);
    // Sent back meanwhile, because lanes were taken over: this page is not the next one any more.
    if (asked.after !== this.#followed) return this.#lookAgain();
    if (page.rows.length > 0) reach('log-read');
    for (const course of this.#match(page)) offered(course);
    if (this.#followed < page.next) this.#lookAgain();
    while (roster.tally.open > openMost / 2 && !signal.aborted) await pause(FULL_WAIT_MS, signal);
  }

  /** Offers the page, as far as there is room for it, and moves on; gives the courses that were offered rows. */
  #match(page: LogPage): Set<Course> {
    const { mainUnitOf, openMost } = this.#options;
    const { index, tally } = this.#options.roster;
    const now = monotonic();
    const touched = new Set<Course>();
    let before = this.#followed;
    for (const row of page.rows) {
      if (tally.open > openMost) break;
      const mainUnit = index.wantsUnits(row.resource) ? mainUnitOf(row.subject) : undefined;
      index.match(row, mainUnit, (course) => {
        if (!course.attached) return;
        course.offer(row, before, now);
        this.#options.roster.laneOf(course)?.busy.add(course);
        touched.add(course);
        if (course.openCount > COURSE_OPEN_MOST) this.#overflow(course, before);
      });
      before = row.position;
    }
    this.#followed = tally.open > openMost ? before : page.next;
    return touched;
  }

  #overflow(course: Course, before: number): void {
    course.detach(before);
    this.#options.overflowed(course);
  }
}
