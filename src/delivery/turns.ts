import type { Course } from './course.ts';

/**
 * Courses that wait for their turn. The owners of subscriptions stand in a circle, and of each owner its courses: one
 * owner's thousand do not stand before another's one.
 */
export class Turns {
  /** By owner; whose turn is next stands first. No set is ever empty. */
  readonly #owners = new Map<string, Set<Course>>();

  get isEmpty(): boolean {
    return this.#owners.size === 0;
  }

  /** Puts the course behind the others of its owner, unless it waits already. */
  add(course: Course): void {
    const { consumer } = course.subscription;
    const courses = this.#owners.get(consumer);
    if (courses) courses.add(course);
    else this.#owners.set(consumer, new Set([course]));
  }

  /** Takes out the course whose turn it is; its owner's next one comes after all other owners. */
  take(): Course | undefined {
    const [next] = this.#owners;
    if (!next) return undefined;
    const [owner, courses] = next;
    const [course] = courses;
    courses.delete(course!);
    this.#owners.delete(owner);
    if (courses.size > 0) this.#owners.set(owner, courses);
    return course;
  }
}
