import type { Database } from '../db/database.ts';
import type { LogRow } from '../events/event.ts';
import { Failure, toError } from '../lib/errors.ts';
import type { Reach } from '../lib/failpoint.ts';
import type { Log } from '../lib/log.ts';
import { monotonic } from '../lib/time.ts';
import { type LogPage, readLog } from '../reading/queries.ts';
import { isAskedFor } from '../subscriptions/matching.ts';
import type { Subscription } from '../subscriptions/subscription.ts';
import type { Course, Tally } from './course.ts';
import { letsThrough, roomOf } from './health.ts';
import { nextWindow } from './pace.ts';
import { isFlowing } from './roster.ts';
import { Turns } from './turns.ts';

export interface CatchUpOptions {
  readonly database: Database;
  /** Where the follower of the whole log stands. */
  readonly followed: () => number;
  /** Makes the main units of the rows' subjects known. Rejects when the register does not answer. */
  readonly learnUnits: (rows: readonly LogRow[]) => Promise<void>;
  readonly mainUnitOf: (subject: string | null) => string | undefined;
  readonly confirm: (page: LogPage, askedAt: number) => Promise<void>;
  /** The course has been offered rows, or has met the follower. */
  readonly moved: (course: Course) => void;
  readonly tally: Tally;
  /** Deliveries open in the process beyond which nothing is read: the rest of the room is the follower's. */
  readonly openMost: number;
  /** Courses read for at once. */
  readonly readers: number;
  /** Ends all reading. */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly reach: Reach;
}

/** Rows looked at and bytes read for one course before another has its turn. */
const SCAN = 2000;
const BYTES = 1 << 20;
const LATER_MS = 200;
const UNDECIDED_WAIT_MS = 1000;
/** Rows that are kept of what the follower passes while one page is read: when there are more, the next page may meet it. */
const MEANWHILE_MOST = 64;

/**
 * The one mechanism for catching up: an endpoint that was slow or down, a subscription that has just been validated, a
 * start from the past. Reads the log for one course from its own position with its own filter, as much at a time as
 * the endpoint takes, in turn among the owners of all that are behind, until it meets the follower of the whole log.
 *
 * The follower goes on while a page is read. What it passes meanwhile that the course wants is kept, and stands behind
 * the page that ends where the log ended: so the two meet however fast events come.
 */
export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #waiting = new Turns();
  readonly #reading = new Map<Course, Meanwhile>();

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** The course is behind and has room, or may have: it gets its turn. */
  want(course: Course): void {
    if (this.#mayRead(course) && !this.#reading.has(course)) this.#waiting.add(course);
    this.#readNext();
  }

  /** The follower has passed a row that a course which is behind wants. `before` is the committed row before it. */
  passed(course: Course, row: LogRow, before: number): void {
    const meanwhile = this.#reading.get(course);
    if (!meanwhile) return;
    if (meanwhile.rows.length < MEANWHILE_MOST) meanwhile.rows.push({ row, before });
    else meanwhile.isWhole = false;
  }

  /** The follower passes rows of which nobody can say whether the course wants them. */
  passedUntold(course: Course): void {
    const meanwhile = this.#reading.get(course);
    if (meanwhile) meanwhile.isWhole = false;
  }

  #mayRead(course: Course): boolean {
    const isBehind = !course.ended && !course.halted && !course.attached && isFlowing(course.subscription);
    return isBehind && letsThrough(course.health, monotonic()) && course.openCount <= windowOf(course) / 2;
  }

  get #hasRoom(): boolean {
    const { readers, tally, openMost, signal } = this.#options;
    return this.#reading.size < readers && tally.open < openMost && !signal.aborted;
  }

  #readNext(): void {
    while (this.#hasRoom) {
      const course = this.#waiting.take();
      if (!course) return;
      if (!this.#mayRead(course)) continue;
      const meanwhile: Meanwhile = {
        ...{ since: this.#options.followed(), subscription: course.subscription },
        ...{ rows: [], isWhole: true },
      };
      this.#reading.set(course, meanwhile);
      void this.#readFor(course, meanwhile).then((again) => {
        this.#reading.delete(course);
        if (again) this.want(course);
        else this.#readNext();
      });
    }
  }

  /** Reads one page for the course; whether it should be read for again at once. */
  async #readFor(course: Course, meanwhile: Meanwhile): Promise<boolean> {
    const { database, confirm, learnUnits, moved, followed, mainUnitOf, reach, log } = this.#options;
    const { handed: from } = course;
    try {
      const askedAt = monotonic();
      course.window = nextWindow(course.window, askedAt - course.readAt);
      course.readAt = askedAt;
      const page = await readLog(database, from, {
        filter: filterOf(course.subscription),
        budget: { rows: Math.max(1, windowOf(course) - course.openCount), scan: SCAN, bytes: BYTES },
      });
      await confirm(page, askedAt);
      // Whoever asks for no sub-units is not held up by the register that knows them.
      if (course.subscription.includeSubunits) await learnUnits(page.rows);
      const { subscription } = course;
      const isWanted = (row: LogRow) =>
        isAskedFor(subscription, row, subscription.includeSubunits ? mainUnitOf(row.subject) : undefined);
      const at = { from, followed: followed(), now: monotonic(), isWanted, meanwhile };
      if (!offerPage(course, page, at)) return true;
      if (course.attached) reach('caught-up');
      moved(course);
      return true;
    } catch (thrown) {
      const { id: subscription } = course.subscription;
      // Whoever does not answer is named once, where it is asked.
      const isUndecided = thrown instanceof Failure && thrown.code === 'decision-unavailable';
      if (!isUndecided)
        log.warn({ err: toError(thrown).message, subscription }, 'catching up was interrupted');
      setTimeout(() => this.want(course), isUndecided ? UNDECIDED_WAIT_MS : LATER_MS);
      return false;
    }
  }
}

/** An endpoint that comes back is not read ahead for: little of the room that all share is spent on it. */
function windowOf({ health, window }: Course): number {
  return Math.min(window, 2 * roomOf(health, monotonic(), window));
}

/** What the follower has passed while a page was read. */
export interface Meanwhile {
  /** Where the follower stood when the page was asked for. */
  readonly since: number;
  /** As it was then: while events did not flow, nobody kept what passed. */
  readonly subscription: Subscription;
  /** What the course wants of it. */
  readonly rows: { readonly row: LogRow; readonly before: number }[];
  /** No row was too many, and of each it was known whether the course wants it. */
  isWhole: boolean;
}

/** A page that was read for one course, and where the follower of the whole log stands now. */
export interface PageAt {
  readonly from: number;
  readonly followed: number;
  /** Monotonic milliseconds. */
  readonly now: number;
  readonly isWanted: (row: LogRow) => boolean;
  readonly meanwhile: Meanwhile;
}

/**
 * Offers a page to a course that is behind; attaches it when the page, with what the follower has passed meanwhile, ends
 * where the follower stands or beyond. False: the page is not the next one any more. While it was read, the course may
 * have lost its lane, what waited may have been forgotten, or the subscription may have been paused: attached, it would
 * pass what nobody offers it.
 */
export function offerPage(
  course: Course,
  page: Pick<LogPage, 'rows' | 'next' | 'more'>,
  at: PageAt,
): boolean {
  if (course.ended || course.attached || course.handed !== at.from) return false;
  if (!isFlowing(course.subscription)) return false;
  let before = at.from;
  for (const row of page.rows) {
    if (at.isWanted(row)) course.offer(row, before, at.now);
    before = row.position;
  }
  course.handed = Math.max(course.handed, page.next);
  course.attached = !page.more && meets(course, page.next, at);
  return true;
}

function meets(course: Course, next: number, { followed, now, meanwhile }: PageAt): boolean {
  if (next >= followed) return true;
  const { since, subscription, rows, isWhole } = meanwhile;
  if (!isWhole || next < since || subscription !== course.subscription) return false;
  for (const { row, before } of rows) course.offer(row, before, now);
  return true;
}

/** What can be asked of the log's indexes; the rest of the filter is looked at row by row. */
export function filterOf(subscription: Subscription): { resource: string; subject?: string } {
  const { resourceFilter: resource, subjectFilter, includeSubunits } = subscription;
  return subjectFilter === null || includeSubunits ? { resource } : { resource, subject: subjectFilter };
}
