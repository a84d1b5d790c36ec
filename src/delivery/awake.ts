import type { Course } from './course.ts';

/** Courses looked at, beyond those that are too many, for some that may fall asleep. */
const LOOK_MOST = 1000;

/** The courses in memory, and which of them may go when they are too many. */
export class Awake {
  readonly #most: number;
  readonly #fallAsleep: (course: Course) => void;
  /** Those looked at longest ago stand first. */
  readonly #courses = new Map<number, Course>();
  #spared: ReadonlySet<Course> = new Set();

  /** @param fallAsleep ends a course that has nothing to remember; others stay as they are */
  constructor(most: number, fallAsleep: (course: Course) => void) {
    this.#most = most;
    this.#fallAsleep = fallAsleep;
  }

  get size(): number {
    return this.#courses.size;
  }

  /** How many more may be awake; none when they are too many. */
  get room(): number {
    return Math.max(0, this.#most - this.#courses.size);
  }

  has(id: number): boolean {
    return this.#courses.has(id);
  }

  get(id: number): Course | undefined {
    return this.#courses.get(id);
  }

  add(course: Course): void {
    this.#courses.set(course.subscription.id, course);
  }

  delete(course: Course): void {
    this.#courses.delete(course.subscription.id);
  }

  /** These do not fall asleep, until it is said of others. */
  spare(courses: ReadonlySet<Course>): void {
    this.#spared = courses;
  }

  /**
   * Lets courses fall asleep while there are too many, or would be with so many more. A bounded number is looked at;
   * whoever stays stands last.
   */
  makeRoom(more: number): void {
    const enough = Math.max(0, this.#most - more);
    let looks = Math.min(this.size, this.size - enough + LOOK_MOST);
    for (const [id, course] of this.#courses) {
      if (this.size <= enough || looks-- <= 0) return;
      if (!this.#spared.has(course)) this.#fallAsleep(course);
      if (this.#courses.delete(id)) this.#courses.set(id, course);
    }
  }
}
