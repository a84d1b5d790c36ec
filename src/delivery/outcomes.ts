import type { LogRow } from '../events/event.ts';
import type { Log } from '../lib/log.ts';
import { monotonic } from '../lib/time.ts';
import type { Course, Parked } from './course.ts';
import type { EndedAttempt } from './options.ts';
import type { Delivery } from './delivery-queues.ts';
import type { CourseDetails } from './roster.ts';
import { delayAfter, type RetrySchedule } from './schedule.ts';
import type { Settler } from './settler.ts';
import type { Verdict } from './verdict.ts';
import { addMissing, messageIdOf } from './message-id.ts';

export interface OutcomesOptions {
  readonly settler: Pick<Settler, 'touch' | 'record' | 'bury'>;
  readonly schedule: RetrySchedule;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** Parked dialogs that a subscription may have. */
  readonly parkedMost: number;
  /** Milliseconds before an event whose access could not be decided is tried again. */
  readonly undecidedWaitMs: number;
  readonly detailsOf: (course: Course) => CourseDetails;
  /** Takes in what an attempt says about the endpoint as a whole; whether a failure counts as an attempt. */
  readonly learn: (course: Course, ended: { verdict: Verdict; orderKey: string }) => boolean;
  /** A parked dialog has a new time. */
  readonly parked: (course: Course, parked: Parked) => void;
  /** An attempt has ended. */
  readonly attempted?: ((attempt: EndedAttempt) => void) | undefined;
  readonly log: Log;
}

export interface Ended {
  readonly verdict: Exclude<Verdict, { kind: 'not-started' }>;
  readonly milliseconds: number;
}

/** What leaves an event undelivered and its dialog waiting. */
type Waiting = Exclude<Ended['verdict'], { kind: 'delivered' | 'withheld' }>;

/** What follows from a verdict: settled, parked until a later attempt, or a dead letter. */
export class Outcomes {
  readonly #options: OutcomesOptions;

  constructor(options: OutcomesOptions) {
    this.#options = options;
  }

  /** After the first attempt at a delivery. */
  first(course: Course, delivery: Delivery, ended: Ended): void {
    const { verdict } = ended;
    this.#record(course, delivery.row, { ...ended, attempt: 1 });
    const counts = this.#options.learn(course, { verdict, orderKey: delivery.orderKey });
    if (verdict.kind === 'delivered' || verdict.kind === 'withheld') {
      course.settle(delivery, verdict.kind);
      return;
    }
    if (verdict.kind === 'deferred' || verdict.kind === 'gone') {
      course.giveBack(delivery);
      return;
    }
    if (course.parked.size >= this.#options.parkedMost) {
      course.halted = true;
      course.giveBack(delivery);
      return;
    }
    const parked: Parked = {
      orderKey: delivery.orderKey,
      resource: delivery.row.resource,
      resourceInstance: delivery.orderKey.startsWith('@') ? null : delivery.row.resourceInstance,
      head: delivery.row.position,
      attempt: 0,
      dueAt: 0,
      cause: verdict.cause,
      draining: false,
    };
    course.park(parked);
    this.#postpone(course, { parked, row: delivery.row }, { verdict, counts });
  }

  /** After a further attempt at the head of a parked dialog. Whether the dialog may go on at once. */
  again(course: Course, at: { parked: Parked; row: LogRow }, ended: Ended): boolean {
    const { parked, row } = at;
    const { verdict } = ended;
    this.#record(course, row, { ...ended, attempt: parked.attempt + 1 });
    const counts = this.#options.learn(course, { verdict, orderKey: parked.orderKey });
    if (verdict.kind === 'delivered' || verdict.kind === 'withheld') {
      this.#advance(course, at, verdict.kind);
      return true;
    }
    this.#postpone(course, at, { verdict, counts });
    return parked.head !== row.position;
  }

  /** The head is settled: what follows in its dialog becomes the head, with all of its attempts. */
  #advance(
    course: Course,
    { parked, row }: { parked: Parked; row: LogRow },
    state: 'delivered' | 'withheld' | 'dead',
  ): void {
    course.settleRow(row.position, state);
    parked.head = row.position + 1;
    parked.attempt = 0;
    course.touchParked(parked.orderKey);
    this.#options.settler.touch(course);
  }

  #postpone(
    course: Course,
    at: { parked: Parked; row: LogRow },
    failed: { readonly verdict: Waiting; readonly counts: boolean },
  ): void {
    const { settler } = this.#options;
    const { parked } = at;
    parked.cause = failed.verdict.cause;
    const wait = this.#waitFor(parked, failed);
    if (wait === undefined) this.#bury(course, at);
    else parked.dueAt = monotonic() + wait;
    course.touchParked(parked.orderKey);
    settler.touch(course);
    this.#options.parked(course, parked);
  }

  /** Milliseconds until the next attempt; undefined when that was the last one. */
  #waitFor(parked: Parked, { verdict, counts }: { verdict: Waiting; counts: boolean }): number | undefined {
    const { schedule, random, undecidedWaitMs } = this.#options;
    if (verdict.kind === 'undecided') return undecidedWaitMs;
    // As soon as the endpoint may be asked again; those that have waited longer come before it.
    if (verdict.kind !== 'failed' || !counts) return 0;
    parked.attempt++;
    return delayAfter(parked.attempt, schedule, random());
  }

  /** Out of attempts: the event becomes a dead letter, the dialog goes on, and what follows in it says so. */
  #bury(course: Course, at: { parked: Parked; row: LogRow }): void {
    const { settler, detailsOf, log } = this.#options;
    const { parked, row } = at;
    settler.bury(course, {
      subscription: course.subscription.id,
      order_key: parked.orderKey,
      position: row.position,
      event_id: row.id,
      type: row.type,
      resource: row.resource,
      resource_instance: row.resourceInstance,
      bytes: row.bytes,
      attempts: parked.attempt,
      cause: parked.cause,
    });
    const { missing } = detailsOf(course);
    missing.set(parked.orderKey, addMissing(missing.get(parked.orderKey), messageIdOf(row)));
    log.warn(
      { subscription: course.subscription.id, event: row.id, attempts: parked.attempt, cause: parked.cause },
      'a delivery is out of attempts and has become a dead letter',
    );
    this.#advance(course, at, 'dead');
    parked.dueAt = monotonic();
  }

  #record(course: Course, row: LogRow, ended: Ended & { attempt: number }): void {
    const { settler, log } = this.#options;
    const { verdict } = ended;
    const entry = {
      subscription: course.subscription.id,
      state: verdict.kind,
      position: row.position,
      attempt: ended.attempt,
      status: 'status' in verdict ? (verdict.status ?? null) : null,
      cause: 'cause' in verdict ? verdict.cause : null,
      milliseconds: ended.milliseconds,
    };
    settler.record(course, entry);
    this.#options.attempted?.({ outcome: verdict.kind, milliseconds: ended.milliseconds });
    if (verdict.kind !== 'delivered' && verdict.kind !== 'withheld') {
      log.info({ ...entry, event: row.id }, 'an attempt did not succeed');
    }
  }
}
