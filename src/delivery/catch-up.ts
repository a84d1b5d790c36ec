import type { Database } from '../db/database.ts';
import { toError } from '../lib/errors.ts';
import type { Reach } from '../lib/failpoint.ts';
import type { Log } from '../lib/log.ts';
import { monotonic } from '../lib/time.ts';
import { type LogPage, readLog } from '../reading/queries.ts';
import { isAskedFor } from '../subscriptions/matching.ts';
import type { Subscription } from '../subscriptions/subscription.ts';
import type { Course } from './course.ts';
import { isFlowing } from './roster.ts';

export interface CatchUpOptions {
  readonly database: Database;
  readonly followed: () => number;
  readonly mainUnitOf: (subject: string | null) => string | undefined;
  readonly confirm: (page: LogPage, askedAt: number) => Promise<void>;
  /** The course has been offered rows, or has met the follower. */
  readonly moved: (course: Course) => void;
  /** Deliveries that a course that is behind may have open. */
  readonly window: number;
  /** Courses read for at once. */
  readonly readers: number;
  readonly log: Log;
  readonly reach: Reach;
}

/** Rows looked at and bytes read for one course before another has its turn. */
const SCAN = 2000;
const BYTES = 1 << 20;
const LATER_MS = 200;

/**
 * The one mechanism for catching up: an endpoint that was slow or down, a subscription that has just been validated, a
 * start from the past. Reads the log for one course from its own position with its own filter, as much at a time as
 * the endpoint takes, in turn among all that are behind, until it meets the follower of the whole log.
 */
export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #waiting = new Set<Course>();
  readonly #reading = new Set<Course>();

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** The course is behind and has room, or may have: it gets its turn. */
  want(course: Course): void {
    if (!this.#mayRead(course) || this.#reading.has(course)) return;
    this.#waiting.add(course);
    this.#readNext();
  }

  #mayRead(course: Course): boolean {
    const isBehind = !course.ended && !course.halted && !course.attached && isFlowing(course.subscription);
    return isBehind && course.openCount <= this.#options.window / 2;
  }

  #readNext(): void {
    while (this.#reading.size < this.#options.readers) {
      const [course] = this.#waiting;
      if (!course) return;
      this.#waiting.delete(course);
      if (!this.#mayRead(course)) continue;
      this.#reading.add(course);
      void this.#readFor(course).then((again) => {
        this.#reading.delete(course);
        if (again) this.want(course);
        this.#readNext();
      });
    }
  }

  /** Reads one page for the course; whether it should be read for again. */
  async #readFor(course: Course): Promise<boolean> {
    const { database, confirm, moved, window, log } = this.#options;
    const { handed } = course;
    try {
      const askedAt = monotonic();
      const page = await readLog(database, handed, {
        filter: filterOf(course.subscription),
        budget: { rows: Math.max(1, window - course.openCount), scan: SCAN, bytes: BYTES },
      });
      await confirm(page, askedAt);
      // While the page was read the course may have lost its lane, or what waited may have been forgotten.
      if (course.ended || course.attached || course.handed !== handed) return true;
      this.#offer(course, page);
      moved(course);
      return true;
    } catch (thrown) {
      log.warn(
        { err: toError(thrown).message, subscription: course.subscription.id },
        'catching up was interrupted',
      );
      setTimeout(() => this.want(course), LATER_MS);
      return false;
    }
  }

  #offer(course: Course, page: LogPage): void {
    const { followed, mainUnitOf, reach } = this.#options;
    const now = monotonic();
    let before = course.handed;
    for (const row of page.rows) {
      if (isAskedFor(course.subscription, row, mainUnitOf(row.subject))) course.offer(row, before, now);
      before = row.position;
    }
    course.handed = Math.max(course.handed, page.next);
    if (page.more || page.next < followed()) return;
    course.attached = true;
    reach('caught-up');
  }
}

/** What can be asked of the log's indexes; the rest of the filter is looked at row by row. */
function filterOf(subscription: Subscription): { resource: string; subject?: string } {
  const { resourceFilter: resource, subjectFilter, includeSubunits } = subscription;
  return subjectFilter === null || includeSubunits ? { resource } : { resource, subject: subjectFilter };
}
