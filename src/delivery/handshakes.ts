import type { Database } from '../db/database.ts';
import { Alarm } from '../lib/alarm.ts';
import { toError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { monotonic } from '../lib/time.ts';
import { markValidated, postponeHandshake } from '../subscriptions/queries.ts';
import type { Attempts } from './attempt.ts';
import type { Course } from './course.ts';
import { delayAfter, type RetrySchedule } from './schedule.ts';

export interface HandshakesOptions {
  readonly database: Database;
  readonly attempts: Attempts;
  readonly schedule: RetrySchedule;
  readonly random: () => number;
  readonly newId: () => string;
  /** `https://host/events/api/v1/subscriptions/`: the source of the handshake event, before the id. */
  readonly sourceBase: string;
  /** A subscription has changed: take it in. */
  readonly changed: () => void;
  readonly log: Log;
}

/** Milliseconds before a handshake that could not be sent or written down is tried again. */
const LATER_MS = 500;
/** The longest that an endpoint may make us wait. */
const DAY_MS = 86_400_000;

/** Asks each new endpoint whether it is there, on the documented schedule, until it answers or attempts run out. */
export class Handshakes implements Disposable {
  readonly #options: HandshakesOptions;
  readonly #alarm: Alarm<Course>;
  readonly #underWay = new Set<Course>();
  readonly #due = new WeakMap<Course, number>();
  /** Have answered, whatever is read of them from before that. */
  readonly #answered = new WeakSet<Course>();

  constructor(options: HandshakesOptions) {
    this.#options = options;
    this.#alarm = new Alarm((course) => void this.#shake(course));
  }

  plan(course: Course): void {
    const { validated, handshakeInMs } = course.subscription;
    if (!validated && handshakeInMs !== null) this.#set(course, handshakeInMs);
  }

  #set(course: Course, inMs: number): void {
    this.#due.set(course, monotonic() + inMs);
    this.#alarm.set(monotonic() + inMs, course);
  }

  [Symbol.dispose](): void {
    this.#alarm[Symbol.dispose]();
  }

  async #shake(course: Course): Promise<void> {
    if (course.ended || course.subscription.validated || this.#answered.has(course)) return;
    if (this.#underWay.has(course)) return;
    if ((this.#due.get(course) ?? 0) > monotonic()) return;
    this.#underWay.add(course);
    try {
      await this.#attempt(course);
      this.#options.changed();
    } catch (thrown) {
      this.#options.log.warn({ err: toError(thrown).message }, 'a handshake could not be written down yet');
      this.#set(course, LATER_MS);
    } finally {
      this.#underWay.delete(course);
    }
  }

  async #attempt(course: Course): Promise<void> {
    const { attempts, database, schedule, random, newId, sourceBase, log } = this.#options;
    const { id, handshakeAttempt } = course.subscription;
    const verdict = await attempts.handshake(course, { id: newId(), source: `${sourceBase}${id}` });
    if (course.ended) return;
    if (verdict.kind === 'delivered') {
      await markValidated(database, id);
      this.#answered.add(course);
      return;
    }
    if (verdict.kind === 'not-started' || verdict.kind === 'undecided' || verdict.kind === 'withheld') {
      this.#set(course, LATER_MS);
      return;
    }
    const attempt = handshakeAttempt + 1;
    const asked = verdict.kind === 'deferred' ? verdict.waitMs : 0;
    const delay = delayAfter(attempt, schedule, random());
    const inMs = delay === undefined ? null : Math.max(delay, Math.min(asked, DAY_MS));
    log.info({ subscription: id, attempt, cause: verdict.cause }, 'an endpoint did not answer its handshake');
    await postponeHandshake(database, id, { attempt, inMs });
  }
}
