import { monotonic } from '../lib/time.ts';
import type { Attempts, Told } from './attempt.ts';
import { Batching, type BatchLimits } from './batching.ts';
import type { Course, Tally } from './course.ts';
import type { Delivery } from './delivery-queues.ts';
import { roomOf } from './health.ts';
import type { Outcomes } from './outcomes.ts';
import type { CourseDetails } from './course-loader.ts';
import { isFlowing } from './roster.ts';
import { Turns } from './turns.ts';
import type { Verdict } from './verdict.ts';

export interface DispatcherOptions {
  readonly attempts: Pick<Attempts, 'makeBatch'>;
  readonly outcomes: Pick<Outcomes, 'together'>;
  readonly tally: Tally;
  /** Attempts under way at once for one subscription. */
  readonly endpointConcurrency: number;
  /** Attempts under way at once for subscriptions that keep up; as many again for the others and for retries. */
  readonly dispatchConcurrency: number;
  readonly batch: BatchLimits;
  readonly detailsOf: (course: Course) => Pick<CourseDetails, 'missing'>;
  /** Room has come free: the reader of a course that is behind may read on. */
  readonly eased: (course: Course) => void;
  /** Whether the course's lane is about to go to another process: nothing of it begins any more. */
  readonly isLeaving: (course: Course) => boolean;
}

interface Ended {
  readonly told: Told | Verdict;
  readonly milliseconds: number;
}

type Kind = 'retry' | 'prompt' | 'behind';

/** Milliseconds before a delivery that could not begin is looked at again. */
const NOT_STARTED_WAIT = 20;

/** First attempts of courses that are behind, begun in one turn of the event loop. */
const BEHIND_AT_ONCE = 4;

/** Attempts under way in all, and of those that are behind, in multiples of the room of each side. */
const IN_FLIGHT_MOST = 4;
const BEHIND_MOST = 3;

/**
 * Begins deliveries, in turn among the owners that have some ready, and then among their subscriptions: one owner's
 * thousand do not stand before another's one. Those that are behind have room of their own, so that endpoints which hang
 * until their time is up leave those alone that answer. An endpoint that begins to hang takes what it has under way along
 * to the other side. Where that room is full, each endpoint has one attempt beyond it: many that hang must not keep
 * those waiting that have fallen behind and answer.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  /** Courses with something ready and room for it, in turn. */
  readonly #turns: Record<Kind, Turns> = { retry: new Turns(), prompt: new Turns(), behind: new Turns() };
  /** Retries that are due. */
  readonly #retries = new WeakMap<Course, (() => Promise<void>)[]>();
  readonly #batching: Batching;
  /** First attempts of courses that are behind, begun in this turn of the event loop. */
  #begunBehind = 0;
  #stopped = false;
  #idle: (() => void)[] = [];

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#batching = new Batching({
      limits: options.batch,
      detailsOf: options.detailsOf,
      ripe: (course) => this.pump(course),
    });
  }

  /** Puts the course in the turn and begins what there is room for. */
  pump(course: Course): void {
    this.pumpAll([course]);
  }

  /** The same for several: the first of each begins before the second of any. */
  pumpAll(courses: Iterable<Course>): void {
    for (const course of courses) {
      if (this.#retries.has(course)) this.#turns.retry.add(course);
      this.#takeTurn(course);
    }
    this.#beginAll();
  }

  #beginAll(): void {
    do {
      this.#begin('retry', (one) => this.#beginRetry(one));
      this.#begin('prompt', (one) => this.#beginFirst(one));
      this.#begin('behind', (one) => this.#beginBehind(one));
      // Whoever has joined its lane since it came into the turn has changed sides just now.
    } while (!this.#turns.prompt.isEmpty && this.#hasRoom('prompt'));
  }

  #takeTurn(course: Course): void {
    if (course.hasReady && this.#batching.isRipe(course)) this.#turns[kindOf(course)].add(course);
  }

  /**
   * Begins a retry when there is room: before the first attempts of its course, which would otherwise leave none, but
   * on half of the endpoint's room at most.
   */
  retry(course: Course, work: () => Promise<void>): void {
    const due = this.#retries.get(course);
    if (due) due.push(work);
    else this.#retries.set(course, [work]);
    this.pump(course);
  }

  /** Begins nothing more; resolves when nothing is under way. */
  async drain(): Promise<void> {
    this.#stopped = true;
    this.#batching[Symbol.dispose]();
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  get #inFlight(): number {
    return this.#options.tally.prompt + this.#options.tally.behind;
  }

  /**
   * Neither side takes the other's room. What has hung and changed sides may be more than the other side's room; it must
   * not keep those waiting that answer, so both sides together may have more.
   */
  #hasRoom(kind: Kind): boolean {
    const { tally, dispatchConcurrency } = this.#options;
    if (this.#stopped || this.#inFlight >= IN_FLIGHT_MOST * dispatchConcurrency) return false;
    if (kind === 'behind' && this.#begunBehind >= BEHIND_AT_ONCE) return false;
    if (kind === 'prompt') return tally.prompt < dispatchConcurrency;
    return tally.behind < BEHIND_MOST * dispatchConcurrency;
  }

  #hasRoomAtEndpoint(course: Course, kind: Kind): boolean {
    const { tally, dispatchConcurrency, endpointConcurrency } = this.#options;
    const isFull = kind !== 'prompt' && tally.behind >= dispatchConcurrency;
    const room = isFull ? 1 : roomOf(course.health, monotonic(), endpointConcurrency);
    return course.inFlight + course.retrying < room;
  }

  /** Gives the courses of one kind their turn. Who cannot begin now is put back when an attempt of its own ends. */
  #begin(kind: Kind, begin: (course: Course) => void): void {
    const turn = this.#turns[kind];
    while (!turn.isEmpty && this.#hasRoom(kind)) {
      const course = turn.take();
      if (!course) return;
      if (kind !== 'retry' && kindOf(course) !== kind) this.#turns[kindOf(course)].add(course);
      else if (this.#hasRoomAtEndpoint(course, kind) && !this.#options.isLeaving(course)) begin(course);
    }
  }

  /**
   * A few in each turn of the event loop: a backlog that flows keeps the loop busy all the time, and who keeps up must
   * not wait for more of it than these at each step.
   */
  #beginBehind(course: Course): void {
    if (this.#begunBehind++ === 0)
      setImmediate(() => {
        this.#begunBehind = 0;
        this.#beginAll();
      });
    this.#beginFirst(course);
  }

  #beginFirst(course: Course): void {
    if (course.ended || course.halted || !isFlowing(course.subscription)) return;
    const deliveries = this.#batching.take(course);
    if (deliveries.length === 0) return;
    this.#takeTurn(course);
    void this.#attempt(course, deliveries);
  }

  #beginRetry(course: Course): void {
    if (course.retrying * 2 >= this.#options.endpointConcurrency) return;
    const due = this.#retries.get(course);
    const work = due?.shift();
    if (due?.length === 0) this.#retries.delete(course);
    else this.#turns.retry.add(course);
    if (!work) return;
    course.countRetry(1);
    void work().finally(() => {
      course.countRetry(-1);
      this.#ended(course);
    });
  }

  async #attempt(course: Course, deliveries: readonly Delivery[]): Promise<void> {
    const begun = monotonic();
    course.countAttempt(1);
    try {
      const rows = deliveries.map(({ row }) => row);
      const told = await this.#options.attempts.makeBatch(course, rows);
      if (!course.ended) this.#conclude(course, deliveries, { told, milliseconds: monotonic() - begun });
    } finally {
      course.countAttempt(-1);
      this.#ended(course);
    }
  }

  #conclude(course: Course, deliveries: readonly Delivery[], { told, milliseconds }: Ended): void {
    if (told.kind !== 'not-started') {
      this.#options.outcomes.together(course, deliveries, { told, milliseconds });
      this.#options.eased(course);
      return;
    }
    setTimeout(() => {
      for (const delivery of deliveries.toReversed()) course.giveBack(delivery);
      this.pump(course);
    }, NOT_STARTED_WAIT);
  }

  #ended(course: Course): void {
    this.pump(course);
    if (this.#inFlight > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

function kindOf(course: Course): Kind {
  return course.joined ? 'prompt' : 'behind';
}
