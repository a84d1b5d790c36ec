import type { Course } from './course.ts';
import type { Delivery } from './delivery-queues.ts';
import type { CourseDetails } from './course-loader.ts';

/** What one request of the format `batch` may hold, and how long its first event waits for company. */
export interface BatchLimits {
  readonly most: number;
  /** UTF-8 bytes of the body, but for an event that is larger by itself. */
  readonly bytes: number;
  readonly waitMs: number;
}

export interface BatchingOptions {
  readonly limits: BatchLimits;
  readonly detailsOf: (course: Course) => Pick<CourseDetails, 'missing'>;
  /** Enough has been waited. */
  readonly ripe: (course: Course) => void;
}

/**
 * What goes into the next request of a course: one delivery, or as many as its subscription takes in a batch.
 *
 * A course of the format `batch` is *ripe* when as many dialogs are ready as a batch may hold, or when its wait is over,
 * which begins with the first that is ready and ends with the next request.
 *
 * Some go alone, and wait for nobody: a delivery that was in a batch which was refused; one whose request must say what
 * is missing in its dialog; each of them while the endpoint as a whole is in doubt.
 */
export class Batching implements Disposable {
  readonly #options: BatchingOptions;
  readonly #waits = new Map<Course, NodeJS.Timeout>();
  readonly #ripe = new WeakSet<Course>();

  constructor(options: BatchingOptions) {
    this.#options = options;
  }

  [Symbol.dispose](): void {
    for (const timer of this.#waits.values()) clearTimeout(timer);
    this.#waits.clear();
  }

  /** Whether the next request may begin; when not, `ripe` is called once it may. */
  isRipe(course: Course): boolean {
    const { limits } = this.#options;
    const { count, next } = course.ready;
    if (course.subscription.format !== 'batch' || !next) return true;
    if (count >= limits.most || this.#goesAlone(course, next)) return true;
    if (!this.#ripe.has(course)) this.#wait(course);
    return this.#ripe.has(course);
  }

  /** Takes the deliveries of the next request; none when nothing is ready. */
  take(course: Course): Delivery[] {
    if (course.subscription.format !== 'batch') return course.take(once());
    clearTimeout(this.#waits.get(course));
    this.#waits.delete(course);
    this.#ripe.delete(course);
    return course.take(this.#filling(course));
  }

  #filling(course: Course): (delivery: Delivery) => boolean {
    const { limits } = this.#options;
    let count = 0;
    let bytes = '[]'.length;
    let isFull = false;
    return (delivery) => {
      const isAlone = this.#goesAlone(course, delivery);
      bytes += Buffer.byteLength(delivery.row.bytes) + ','.length;
      if (count > 0 && (isFull || isAlone || bytes > limits.bytes)) return false;
      isFull = ++count >= limits.most || isAlone;
      return true;
    };
  }

  #goesAlone(course: Course, delivery: Delivery): boolean {
    if (delivery.alone || course.health.phase !== 'closed') return true;
    return this.#options.detailsOf(course).missing.has(delivery.orderKey);
  }

  #wait(course: Course): void {
    if (this.#waits.has(course)) return;
    const { limits, ripe } = this.#options;
    const over = () => {
      this.#waits.delete(course);
      this.#ripe.add(course);
      ripe(course);
    };
    this.#waits.set(course, setTimeout(over, limits.waitMs));
  }
}

/** Lets in one delivery. */
function once(): () => boolean {
  let count = 0;
  return () => count++ === 0;
}
