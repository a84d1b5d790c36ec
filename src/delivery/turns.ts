import { Fifo } from '../lib/fifo.ts';
import type { Course } from './course.ts';

/**
 * Courses that wait for their turn. The owners of subscriptions stand in a circle, and of each owner its courses: one
 * owner's thousand do not stand before another's one.
 */
export class Turns {
  /** The owners whose courses wait, and the same by name. No queue is ever empty. */
  readonly #circle = new Fifo<string>();
  readonly #queues = new Map<string, Fifo<Course>>();
  readonly #waiting = new Set<Course>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Puts the course behind the others of its owner, unless it waits already. */
  add(course: Course): void {
    if (this.#waiting.has(course)) return;
    this.#waiting.add(course);
    const { consumer } = course.subscription;
    let queue = this.#queues.get(consumer);
    if (!queue) {
      this.#queues.set(consumer, (queue = new Fifo()));
      this.#circle.add(consumer);
    }
    queue.add(course);
  }

  /** Takes out the course whose turn it is; its owner's next one comes after all other owners. */
  take(): Course | undefined {
    const owner = this.#circle.take();
    const queue = owner === undefined ? undefined : this.#queues.get(owner);
    const course = queue?.take();
    if (owner === undefined || !queue || !course) return undefined;
    this.#waiting.delete(course);
    if (queue.size > 0) this.#circle.add(owner);
    else this.#queues.delete(owner);
    return course;
  }
}
