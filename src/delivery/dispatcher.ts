import { monotonic } from '../lib/time.ts';
import type { Attempts } from './attempt.ts';
import type { Course, Delivery } from './course.ts';
import type { Outcomes } from './outcomes.ts';

export interface DispatcherOptions {
  readonly attempts: Attempts;
  readonly outcomes: Outcomes;
  /** Deliveries under way at once, for one subscription and for the process. */
  readonly endpointConcurrency: number;
  readonly dispatchConcurrency: number;
  /** Room has come free: the reader of a course that is behind may read on. */
  readonly eased: (course: Course) => void;
}

/** Milliseconds before a delivery that could not begin is looked at again. */
const NOT_STARTED_WAIT = 20;

/**
 * Begins deliveries, in turn among the subscriptions that have some ready: one owner's thousand do not stand before
 * another's one.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  /** Courses with something ready and room for it, in turn. */
  readonly #turn = new Set<Course>();
  #inFlight = 0;
  #stopped = false;
  #idle: (() => void)[] = [];

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether one more may begin for this course now. */
  hasRoom(course: Course): boolean {
    const { endpointConcurrency, dispatchConcurrency } = this.#options;
    return !this.#stopped && course.inFlight < endpointConcurrency && this.#inFlight < dispatchConcurrency;
  }

  /** Puts the course in the turn and begins what there is room for. */
  pump(course: Course): void {
    if (course.hasReady) this.#turn.add(course);
    this.#beginReady();
  }

  /** Counts work that is not in a queue, such as a retry, against the same limits. */
  async hold<T>(course: Course, work: () => Promise<T>): Promise<T> {
    course.inFlight++;
    this.#inFlight++;
    try {
      return await work();
    } finally {
      course.inFlight--;
      this.#inFlight--;
      this.pump(course);
      this.#settleIdle();
    }
  }

  /** Begins nothing more; resolves when nothing is under way. */
  async drain(): Promise<void> {
    this.#stopped = true;
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #beginReady(): void {
    const { endpointConcurrency, dispatchConcurrency } = this.#options;
    while (!this.#stopped && this.#inFlight < dispatchConcurrency) {
      const [course] = this.#turn;
      if (!course) return;
      this.#turn.delete(course);
      if (course.ended || course.halted || course.inFlight >= endpointConcurrency) continue;
      const delivery = course.takeReady();
      if (!delivery) continue;
      if (course.hasReady) this.#turn.add(course);
      void this.hold(course, () => this.#deliver(course, delivery));
    }
  }

  async #deliver(course: Course, delivery: Delivery): Promise<void> {
    const { attempts, outcomes, eased } = this.#options;
    const begun = monotonic();
    const verdict = await attempts.make(course, delivery.row, 1);
    if (course.ended) return;
    if (verdict.kind === 'not-started') {
      setTimeout(() => {
        course.giveBack(delivery);
        this.pump(course);
      }, NOT_STARTED_WAIT);
      return;
    }
    outcomes.first(course, delivery, { verdict, milliseconds: monotonic() - begun });
    eased(course);
  }

  #settleIdle(): void {
    if (this.#inFlight > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
