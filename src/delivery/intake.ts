import type { Database } from '../db/database.ts';
import type { LogRow } from '../events/event.ts';
import type { Reach } from '../lib/failpoint.ts';
import { toError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { monotonic, pause } from '../lib/time.ts';
import { type Asked, followLog, type Hints } from '../reading/follow.ts';
import type { LogPage } from '../reading/queries.ts';
import type { Interest } from '../subscriptions/matching.ts';
import type { Course } from './course.ts';
import type { Roster } from './roster.ts';

export interface IntakeOptions {
  readonly database: Database;
  readonly hints: Hints;
  readonly pollMs: number;
  readonly roster: Roster;
  /** Takes in the versions that came with a page. */
  readonly confirm: (page: LogPage, askedAt: number) => Promise<void>;
  /** Makes the main units of the rows' subjects known. Rejects when the register does not answer. */
  readonly learnUnits: (rows: readonly LogRow[]) => Promise<void>;
  readonly mainUnitOf: (subject: string | null) => string | undefined;
  /** Deliveries that the process may have open; from half of that on it reads no further. */
  readonly openMost: number;
  /** Courses that may be awake: rows that are for more are offered bit by bit. */
  readonly coursesMost: number;
  /** Rows have been offered to these courses. */
  readonly offered: (courses: ReadonlySet<Course>) => void;
  /** A row that a course wants which is behind: it is read for alone. */
  readonly passed: (course: Course, row: LogRow, before: number) => void;
  /** Rows are about to be passed of which nobody can say whether the course wants them. */
  readonly passedUntold: (course: Course) => void;
  /** More was offered to the course than it may have open: it has been detached. */
  readonly overflowed: (course: Course) => void;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly reach: Reach;
}

/** A page of the whole log. */
const PAGE = { rows: 500, scan: 500, bytes: 4 << 20 };
/** Deliveries that one course may have open before it is read for alone: at most, and when a quarter of all is taken. */
const COURSE_OPEN = { most: 1024, crowded: 64 };
const FULL_WAIT_MS = 2;
const NOBODY: ReadonlySet<Course> = new Set();
const NO_UNITS: ReadonlyMap<string | null, undefined> = new Map();

/** Who is sought, awake and not. */
interface Sought {
  readonly found: ReadonlySet<Course>;
  readonly asleep: ReadonlySet<Interest>;
}

/** Rows that may be offered together, and whose they are. */
interface Look {
  readonly rows: number;
  readonly found: ReadonlySet<Course>;
  readonly asleep: readonly Interest[];
}

/** Courses that were offered rows, and those of them that were offered too many. */
interface Matched {
  readonly touched: ReadonlySet<Course>;
  readonly overflowed: ReadonlySet<Course>;
}

/** A page of the log, and the main units of its subjects as far as anybody asks for them. */
interface Reading extends LogPage {
  /** Undefined when the register did not answer. */
  readonly mainUnits: ReadonlyMap<string | null, string | undefined> | undefined;
}

/**
 * Follows the whole log once and offers each row to the attached courses that want it. When the register does not say
 * whose sub-units a page is about, whoever asks for sub-units there leaves and is read for alone: it waits for the
 * register, and nobody else does.
 */
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
    const reading = { ...page, mainUnits: await this.#learnMainUnits(page) };
    const count = await this.#wakeFor(reading);
    // Nothing is awaited between the last look, which finds everyone awake, and the offers.
    roster.awake.spare(NOBODY);
    // Sent back meanwhile, because lanes were taken over: this page is not the next one any more.
    // Or somebody has come who asks for sub-units that were not asked about.
    if (asked.after !== this.#followed || this.#lacksUnits(reading)) return this.#lookAgain();
    if (page.rows.length > 0) reach('log-read');
    this.#setApart(this.#unitSeekers(reading).found);
    const { touched, overflowed } = this.#match(reading, count);
    // Only now: whoever begins to read for them must know that the follower has passed the page.
    for (const course of overflowed) this.#options.overflowed(course);
    offered(touched);
    if (this.#followed < page.next) this.#lookAgain();
    while (roster.tally.open > openMost / 2 && !signal.aborted) await pause(FULL_WAIT_MS, signal);
  }

  async #learnMainUnits({ rows }: LogPage): Promise<Reading['mainUnits']> {
    const { roster, learnUnits, mainUnitOf, log } = this.#options;
    const asked = rows.filter(({ resource }) => roster.interests.index.wantsUnits(resource));
    if (asked.length === 0) return NO_UNITS;
    try {
      await learnUnits(asked);
      return new Map(asked.map(({ subject }) => [subject, mainUnitOf(subject)]));
    } catch (thrown) {
      log.debug({ err: toError(thrown).message }, 'whoever asks for sub-units waits for the register');
      return undefined;
    }
  }

  #lacksUnits({ rows, mainUnits }: Reading): boolean {
    const { index } = this.#options.roster.interests;
    return !!mainUnits && rows.some((row) => index.wantsUnits(row.resource) && !mainUnits.has(row.subject));
  }

  /** Who must not go past the page with the others: nobody can say whether its subjects are sub-units of theirs. */
  #unitSeekers({ rows, mainUnits }: Reading): Sought {
    const sought = { found: new Set<Course>(), asleep: new Set<Interest>() };
    if (mainUnits) return sought;
    const told = {
      found: (course: Course) => sought.found.add(course),
      asleep: (interest: Interest) => sought.asleep.add(interest),
    };
    const last = new Map(rows.map((row) => [row.resource, row]));
    for (const row of last.values()) this.#options.roster.findUnitSeekers(row, told);
    return sought;
  }

  #setApart(courses: Iterable<Course>): void {
    const { overflowed, passedUntold } = this.#options;
    for (const course of courses) {
      if (course.attached) {
        course.detach(this.#followed);
        overflowed(course);
      }
      passedUntold(course);
    }
  }

  /**
   * Wakes whoever the next rows are for; gives how many rows that is. Whoever has been found awake is kept awake
   * meanwhile: woken in turns, those that a row is for would put each other to sleep for ever.
   */
  async #wakeFor(page: Reading): Promise<number> {
    const { roster, coursesMost } = this.#options;
    for (;;) {
      const { asleep: apart } = this.#unitSeekers(page);
      const { rows, found, asleep } = this.#look(page);
      roster.awake.spare(found);
      if (asleep.length + apart.size === 0) return rows;
      const room = Math.max(0, coursesMost - found.size);
      await roster.putOff([...apart, ...asleep.slice(room)], this.#followed);
      await roster.wake(asleep.slice(0, room));
    }
  }

  /** As many rows of the page as there may be room for, but at least one, and whose they are. */
  #look({ rows, mainUnits }: Reading): Look {
    const { roster, openMost, coursesMost } = this.#options;
    const found = new Set<Course>();
    const asleep = new Set<Interest>();
    let matches = 0;
    for (const [count, row] of rows.entries()) {
      const wanting: Course[] = [];
      const missing: Interest[] = [];
      const wants = {
        found: (course: Course) => wanting.push(course),
        asleep: (one: Interest) => missing.push(one),
      };
      roster.match(row, { mainUnit: mainUnits?.get(row.subject), ...wants });
      const isMany = found.size + asleep.size + wanting.length + missing.length > coursesMost;
      if (count > 0 && (isMany || matches > openMost)) return { rows: count, found, asleep: [...asleep] };
      matches += wanting.length;
      for (const course of wanting) found.add(course);
      for (const interest of missing) asleep.add(interest);
    }
    return { rows: rows.length, found, asleep: [...asleep] };
  }

  /** Offers so many rows, as far as there is room for them, and moves on. */
  #match(page: Reading, count: number): Matched {
    const { roster, openMost, passed } = this.#options;
    const now = monotonic();
    const matched = { touched: new Set<Course>(), overflowed: new Set<Course>() };
    let before = this.#followed;
    let left = count;
    for (const row of page.rows) {
      if (left-- === 0 || roster.tally.open > openMost) return this.#moveTo(before, matched);
      const found = (course: Course) => {
        if (!course.attached) return passed(course, row, before);
        course.offer(row, before, now);
        // Offered before: a lane is not kept waiting for it.
        if (course.openCount === 0) return;
        roster.laneOf(course)?.busy.add(course);
        matched.touched.add(course);
        if (course.openCount <= this.#courseMost) return;
        course.detach(before);
        matched.overflowed.add(course);
      };
      roster.match(row, { mainUnit: page.mainUnits?.get(row.subject), found, asleep: missed });
      before = row.position;
    }
    return this.#moveTo(page.next, matched);
  }

  /** One owner's burst must not take the room that everybody is read for in. */
  get #courseMost(): number {
    const { roster, openMost } = this.#options;
    return roster.tally.open > openMost / 4 ? COURSE_OPEN.crowded : COURSE_OPEN.most;
  }

  #moveTo(followed: number, matched: Matched): Matched {
    this.#followed = followed;
    return matched;
  }
}

/** An event would be lost to whoever is not offered it. */
function missed(): never {
  throw new Error('a subscription that should have been woken is asleep');
}
