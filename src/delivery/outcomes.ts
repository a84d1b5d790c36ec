import type { LogRow } from '../events/event.ts';
import type { Log } from '../lib/log.ts';
import { monotonic } from '../lib/time.ts';
import type { Told } from './attempt.ts';
import type { Course } from './course.ts';
import type { Parked } from './parked.ts';
import type { EndedAttempt } from './options.ts';
import type { Delivery } from './delivery-queues.ts';
import type { CourseDetails } from './course-loader.ts';
import { delayAfter, type RetrySchedule, scheduleOf } from './schedule.ts';
import type { Settler } from './settler.ts';
import type { Verdict } from './verdict.ts';
import type { Letter } from './unwritten.ts';
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
  readonly detailsOf: (course: Course) => Pick<CourseDetails, 'missing'>;
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
/** What the whole of a request came to when nobody took it. */
interface Whole {
  readonly verdict: Extract<Verdict, { kind: 'failed' | 'deferred' | 'gone' }>;
  readonly milliseconds: number;
}

/** What one request came to. */
export interface Together {
  readonly told: Told | Ended['verdict'];
  readonly milliseconds: number;
}

/** What follows from a verdict: settled, parked until a later attempt, or a dead letter. */
export class Outcomes {
  readonly #options: OutcomesOptions;

  constructor(options: OutcomesOptions) {
    this.#options = options;
  }

  /** After the first attempt at a delivery. */
  first(course: Course, delivery: Delivery, ended: Ended): void {
    const { verdict } = ended;
    this.#record(course, [delivery.row], { ...ended, attempt: 1 });
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
      ...{ draining: false, held: false },
    };
    course.park(parked);
    this.#postpone(course, { parked, row: delivery.row }, { verdict, counts });
  }

  /** After the first attempt at deliveries that went in one request. */
  together(course: Course, deliveries: readonly Delivery[], { told, milliseconds }: Together): void {
    const isWhole = told.kind === 'failed' || told.kind === 'deferred' || told.kind === 'gone';
    if (isWhole && deliveries.length > 1) {
      this.#separate(course, deliveries, { verdict: told, milliseconds });
      return;
    }
    deliveries.forEach((delivery, index) => {
      const verdict = told.kind === 'told' ? told.verdicts[index] : told;
      // Its dialog may have been parked for the one before it.
      if (verdict && verdict.kind !== 'not-started' && course.isOpen(delivery))
        this.first(course, delivery, { verdict, milliseconds });
    });
  }

  /**
   * A batch that was refused uses up no attempt: its events go again at once, each by itself, and only then is it known
   * which of them is refused. What is said about the endpoint as a whole is taken in.
   */
  #separate(course: Course, deliveries: readonly Delivery[], ended: Whole): void {
    const { verdict, milliseconds } = ended;
    for (const delivery of deliveries.toReversed()) {
      delivery.alone = verdict.kind === 'failed';
      course.giveBack(delivery);
    }
    const cause = `in a batch of ${deliveries.length}: ${verdict.cause}`;
    const rows = deliveries.map(({ row }) => row);
    this.#record(course, rows, { verdict: { ...verdict, cause }, milliseconds, attempt: 0 });
    const isRefusal = verdict.kind === 'failed' && verdict.status !== undefined;
    if (!isRefusal) this.#options.learn(course, { verdict, orderKey: deliveries[0]!.orderKey });
  }

  /** After a further attempt at the head of a parked dialog. Whether the dialog may go on at once. */
  again(course: Course, at: { parked: Parked; row: LogRow }, ended: Ended): boolean {
    const { parked, row } = at;
    const { verdict } = ended;
    this.#record(course, [row], { ...ended, attempt: parked.attempt + 1 });
    const counts = this.#options.learn(course, { verdict, orderKey: parked.orderKey });
    if (verdict.kind === 'delivered' || verdict.kind === 'withheld') {
      this.#advance(course, at, verdict.kind);
      return true;
    }
    this.#postpone(course, at, { verdict, counts });
    return parked.head !== row.position;
  }

  /**
   * After an attempt beside the order of its dialog. `again`: what it met says nothing about the event, and it is to be
   * sent once more.
   */
  beside(
    course: Course,
    at: { readonly row: LogRow; readonly orderKey: string },
    ended: Ended & { readonly attempt: number },
  ): 'delivered' | 'withheld' | 'failed' | 'again' {
    const { verdict } = ended;
    this.#record(course, [at.row], ended);
    const counts = this.#options.learn(course, { verdict, orderKey: at.orderKey });
    if (verdict.kind === 'delivered' || verdict.kind === 'withheld') return verdict.kind;
    return verdict.kind === 'failed' && counts ? 'failed' : 'again';
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
    course.notebook.touchParked(parked.orderKey);
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
    const wait = this.#waitFor(course, parked, failed);
    if (wait === undefined) this.#bury(course, at);
    else parked.dueAt = monotonic() + wait;
    course.notebook.touchParked(parked.orderKey);
    settler.touch(course);
    this.#options.parked(course, parked);
  }

  /** Milliseconds until the next attempt; undefined when that was the last one. */
  #waitFor(
    { subscription }: Course,
    parked: Parked,
    { verdict, counts }: { verdict: Waiting; counts: boolean },
  ): number | undefined {
    const { schedule, random, undecidedWaitMs } = this.#options;
    if (verdict.kind === 'undecided') return undecidedWaitMs;
    // As soon as the endpoint may be asked again; those that have waited longer come before it.
    if (verdict.kind !== 'failed' || !counts) return 0;
    parked.attempt++;
    return delayAfter(parked.attempt, scheduleOf(subscription, schedule), random());
  }

  /**
   * Out of attempts: the event becomes a dead letter. The dialog goes on, and what follows in it says so; or it is held,
   * where the subscription asks for that.
   */
  #bury(course: Course, at: { parked: Parked; row: LogRow }): void {
    const { settler, detailsOf, log } = this.#options;
    const { parked, row } = at;
    settler.bury(course, toLetter(course, row, parked));
    const { missing } = detailsOf(course);
    missing.set(parked.orderKey, addMissing(missing.get(parked.orderKey), messageIdOf(row)));
    log.warn(
      { subscription: course.subscription.id, event: row.id, attempts: parked.attempt, cause: parked.cause },
      'a delivery is out of attempts and has become a dead letter',
    );
    parked.dueAt = monotonic();
    if (course.subscription.onExhausted === 'hold') parked.held = true;
    else this.#advance(course, at, 'dead');
  }

  /** An attempt of 0 is a batch, which is no attempt at any of its events. */
  #record(course: Course, rows: readonly LogRow[], ended: Ended & { attempt: number }): void {
    const { settler, log } = this.#options;
    const { verdict } = ended;
    const entry = {
      subscription: course.subscription.id,
      state: verdict.kind,
      positions: rows.map(({ position }) => position),
      attempt: ended.attempt,
      status: 'status' in verdict ? (verdict.status ?? null) : null,
      cause: 'cause' in verdict ? verdict.cause : null,
      milliseconds: Math.round(ended.milliseconds),
    };
    settler.record(course, entry);
    this.#options.attempted?.({ outcome: verdict.kind, milliseconds: ended.milliseconds });
    if (verdict.kind !== 'delivered' && verdict.kind !== 'withheld') {
      log.info({ ...entry, event: rows.map(({ id }) => id).join(' ') }, 'an attempt did not succeed');
    }
  }
}

/** An event that is out of attempts, as it is kept. */
export function toLetter(
  { subscription }: Course,
  row: LogRow,
  { orderKey, attempt, cause }: Pick<Parked, 'orderKey' | 'attempt' | 'cause'>,
): Letter {
  return {
    ...{ subscription: subscription.id, order_key: orderKey, position: row.position, event_id: row.id },
    ...{ type: row.type, resource: row.resource, resource_instance: row.resourceInstance, bytes: row.bytes },
    ...{ attempts: attempt, cause },
  };
}
