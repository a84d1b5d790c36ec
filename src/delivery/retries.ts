import type { Database } from '../db/database.ts';
import type { LogRow } from '../events/event.ts';
import { ownOrderKey } from '../events/filter.ts';
import { Alarm } from '../lib/alarm.ts';
import { toError } from '../lib/errors.ts';
import type { Reach } from '../lib/failpoint.ts';
import type { Log } from '../lib/log.ts';
import { monotonic } from '../lib/time.ts';
import { type LogPage, readLog } from '../reading/queries.ts';
import { isAskedFor } from '../subscriptions/matching.ts';
import type { Attempts } from './attempt.ts';
import type { Course } from './course.ts';
import type { Parked } from './parked.ts';
import type { Dispatcher } from './dispatcher.ts';
import { letsThrough } from './health.ts';
import type { Outcomes } from './outcomes.ts';
import { isFlowing } from './roster.ts';
import type { Settler } from './settler.ts';

export interface RetriesOptions {
  readonly database: Database;
  readonly attempts: Attempts;
  readonly dispatcher: Dispatcher;
  readonly outcomes: Outcomes;
  readonly settler: Settler;
  /** Where the follower of the whole log stands. */
  readonly followed: () => number;
  /** Takes in the versions that came with a page. */
  readonly confirm: (page: LogPage, askedAt: number) => Promise<void>;
  /** Throws when it is not known yet, and asks for it then. */
  readonly mainUnitOf: (subject: string | null) => string | undefined;
  /** Parked dialogs that a subscription may have. */
  readonly parkedMost: number;
  /** A course that could park no more may go on. */
  readonly eased: (course: Course) => void;
  /** Whether the course's lane is about to go to another process: nothing of it begins any more. */
  readonly isLeaving: (course: Course) => boolean;
  readonly log: Log;
  readonly reach: Reach;
}

/** A halted course goes on when it has fewer parked dialogs than this share of the most. */
const ROOM_AGAIN = 0.9;

/** What is read of one dialog at a time. */
const PAGE = { rows: 20, scan: 500, bytes: 1 << 20 };
/** Milliseconds before a retry that could not begin is looked at again. */
const LATER_MS = 100;

/**
 * Parked dialogs, each at its time: the head is attempted again, and when it succeeds the dialog's backlog follows from
 * the log, one at a time, until it has met what the course has been offered. Then the dialog is no longer parked.
 */
export class Retries implements Disposable {
  readonly #options: RetriesOptions;
  readonly #alarm: Alarm<{ course: Course; parked: Parked }>;
  #stopped = false;

  constructor(options: RetriesOptions) {
    this.#options = options;
    this.#alarm = new Alarm(({ course, parked }) => this.#ring(course, parked));
  }

  plan(course: Course, parked: Parked): void {
    this.#alarm.set(parked.dueAt, { course, parked });
  }

  /** The endpoint may be asked again: whatever is due is attempted, as far as there is room. */
  planAll(course: Course): void {
    for (const parked of course.parked.values()) this.plan(course, parked);
  }

  /** Attempts the dialog that is due first now, whenever it would have been due. */
  hurry(course: Course): void {
    let first: Parked | undefined;
    for (const parked of course.parked.values())
      if (!parked.draining && !parked.held && !(first && first.dueAt <= parked.dueAt)) first = parked;
    if (!first) return;
    first.dueAt = Math.min(first.dueAt, monotonic());
    this.#ring(course, first);
  }

  /** No further retry begins; a backlog stops after the attempt under way. */
  [Symbol.dispose](): void {
    this.#stopped = true;
    this.#alarm[Symbol.dispose]();
  }

  #ring(course: Course, parked: Parked): void {
    const isCurrent = !course.ended && course.parked.get(parked.orderKey) === parked;
    if (!isCurrent || parked.draining || parked.held || !isFlowing(course.subscription)) return;
    // Planned again when whoever sends beside its order has ended.
    if (course.isReserved(parked.orderKey)) return;
    const now = monotonic();
    if (parked.dueAt > now || !letsThrough(course.health, now)) return;
    parked.draining = true;
    this.#options.dispatcher.retry(course, () => this.#drain(course, parked));
  }

  async #drain(course: Course, parked: Parked): Promise<void> {
    const { reach, log } = this.#options;
    try {
      reach('before-retry');
      while (!course.ended && (await this.#drainPage(course, parked)));
    } catch (thrown) {
      log.warn(
        { err: toError(thrown).message, subscription: course.subscription.id },
        'a retry was interrupted',
      );
      parked.dueAt = monotonic() + LATER_MS;
    } finally {
      parked.draining = false;
      if (course.parked.has(parked.orderKey)) this.plan(course, parked);
    }
  }

  /** Attempts one page of the dialog; whether to read on at once. */
  async #drainPage(course: Course, parked: Parked): Promise<boolean> {
    const { followed, mainUnitOf, parkedMost, settler, eased, isLeaving, reach } = this.#options;
    const page = await this.#read(parked);
    for (const row of page.rows) {
      if (this.#stopped || course.ended || isLeaving(course)) return false;
      const { subscription } = course;
      const mainUnit = subscription.includeSubunits ? mainUnitOf(row.subject) : undefined;
      if (!isAskedFor(subscription, row, mainUnit)) continue;
      if (!(await this.#attempt(course, parked, row))) return false;
    }
    if (this.#stopped || course.ended) return false;
    if (!passPage(course, parked, { page, followed: followed(), parkedMost })) return true;
    reach('unparked');
    settler.touch(course);
    eased(course);
    return false;
  }

  async #attempt(course: Course, parked: Parked, row: LogRow): Promise<boolean> {
    const { attempts, outcomes } = this.#options;
    if (parked.head < row.position) {
      parked.head = row.position;
      parked.attempt = 0;
    }
    const begun = monotonic();
    const verdict = await attempts.make(course, row, parked.attempt + 1);
    if (course.ended) return false;
    if (verdict.kind === 'not-started') {
      parked.dueAt = monotonic() + LATER_MS;
      return false;
    }
    return outcomes.again(course, { parked, row }, { verdict, milliseconds: monotonic() - begun });
  }

  /** The dialog from its head on; of an event that is a dialog of its own, the event. */
  async #read(parked: Parked): Promise<LogPage> {
    const { database, confirm } = this.#options;
    const { orderKey, resource, resourceInstance, head } = parked;
    const isAlone = resourceInstance === null;
    const askedAt = monotonic();
    const page = await readLog(database, head - 1, {
      filter: isAlone ? {} : { resource, instance: resourceInstance },
      budget: isAlone ? { rows: 1, scan: 1, bytes: 1 } : PAGE,
    });
    await confirm(page, askedAt);
    if (!isAlone) return page;
    const rows = page.rows.filter((row) => ownOrderKey(row.position) === orderKey);
    return { ...page, rows, more: false, next: Number.POSITIVE_INFINITY };
  }
}

/** What was read of a parked dialog, and where the follower of the whole log stands now. */
export interface Passed {
  readonly page: Pick<LogPage, 'next' | 'more'>;
  readonly followed: number;
  readonly parkedMost: number;
}

/**
 * Goes past a page of a parked dialog all of which is settled. Whether the dialog is parked no longer: it has met what
 * the course has been offered, and what comes next is offered again.
 */
export function passPage(course: Course, parked: Parked, { page, followed, parkedMost }: Passed): boolean {
  // Also past rows that are not wanted, or a page full of them would be read for ever.
  if (Number.isFinite(page.next)) parked.head = Math.max(parked.head, page.next + 1);
  if (page.more || page.next < course.offeredUpTo(followed)) return false;
  course.parked.delete(parked.orderKey);
  course.notebook.touchParked(parked.orderKey);
  if (course.parked.size < parkedMost * ROOM_AGAIN) course.halted = false;
  return true;
}
