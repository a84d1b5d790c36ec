import type { Database } from '../db/database.ts';
import { monotonic } from '../lib/time.ts';
import { SubscriptionIndex } from '../subscriptions/matching.ts';
import { changedSubscriptions, subscriptionsOfLanes } from '../subscriptions/queries.ts';
import type { Subscription } from '../subscriptions/subscription.ts';
import { readBreakers } from './breaker-queries.ts';
import { Course, type Parked, type Tally } from './course.ts';
import { recovering, SOUND } from './health.ts';
import type { HeldLane } from './lanes.ts';
import {
  type ParkedRow,
  readMissing,
  readOutcomes,
  readOwnPositions,
  readParked,
  type MissingRow,
} from './queries.ts';
import { messageIdOf, type Missing } from './message-id.ts';
import type { Signers } from './signers.ts';

export interface RosterOptions {
  readonly database: Database;
  readonly held: ReadonlyMap<number, HeldLane>;
  readonly signers: Signers;
  /** A course has begun, or its subscription has changed: see to its handshake, its catch-up and what is parked. */
  readonly begun: (course: Course) => void;
}

/** What the receiver of a course has not got. */
export interface CourseDetails {
  /** Event ids of unsettled dead letters by order key. */
  readonly missing: Map<string, Missing>;
}

/** The courses of the lanes that this process holds, kept equal to the subscriptions. */
export class Roster {
  readonly index = new SubscriptionIndex<Course>();
  readonly tally: Tally = { open: 0, prompt: 0, behind: 0 };
  readonly #options: RosterOptions;
  readonly #courses = new Map<number, Course>();
  readonly #details = new WeakMap<Course, CourseDetails>();
  #version = Number.POSITIVE_INFINITY;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** The subscription version that the roster is not older than. */
  get version(): number {
    return this.#version;
  }

  detailsOf(course: Course): CourseDetails {
    const details = this.#details.get(course);
    if (!details) throw new Error('a course without details');
    return details;
  }

  laneOf(course: Course): HeldLane | undefined {
    return this.#options.held.get(course.subscription.lane);
  }

  /**
   * Loads and begins the courses of lanes that were just taken over, from what their last owner committed. `version` is
   * the subscription version read before. `takeOver` gives the lanes that are still ours. It is called with nothing
   * awaited between it and the courses' begin: it must send the follower back, or they would miss rows.
   */
  load(lanes: readonly HeldLane[], version: number, takeOver: () => readonly HeldLane[]): Promise<void> {
    return this.#inTurn(async () => {
      const { database } = this.#options;
      const byNumber = new Map(lanes.map((lane) => [lane.lane, lane]));
      const numbers = [...byNumber.keys()];
      const subscriptions = await subscriptionsOfLanes(database, numbers);
      const outcomes = await readOutcomes(database, numbers);
      const courses = await this.#makeCourses(subscriptions, byNumber);
      const byId = new Map(courses.map((course) => [course.subscription.id, course]));
      for (const outcome of outcomes) {
        const course = byId.get(outcome.subscription);
        if (course?.sought === undefined) course?.recallSettled(outcome.positions);
      }
      const ours = new Map(takeOver().map((lane) => [lane.lane, lane]));
      for (const course of courses) this.#begin(course, ours.get(course.subscription.lane));
      this.#version = Math.min(this.#version, version);
    });
  }

  /** Takes in what has changed since the version that is known. */
  refresh(version: number): Promise<void> {
    return this.#inTurn(() => (this.#version < version ? this.#readChanges(version) : Promise.resolve()));
  }

  /**
   * One load or refresh at a time. Two at once would begin a new subscription twice, and a refresh that ends after a
   * load would claim a version that the loaded lanes have not.
   */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #readChanges(version: number): Promise<void> {
    const { database, held, signers } = this.#options;
    const changed = await changedSubscriptions(database, this.#version, [...held.keys()]);
    const unknown = changed.filter((one) => !one.deleted && this.#begins(one));
    const fresh = await this.#makeCourses(unknown, held);
    // A secret may have been rotated: whoever did so waits until it signs.
    await signers.load(changed.flatMap((one) => this.#courses.get(one.id) ?? []));
    for (const subscription of changed) this.#apply(subscription);
    for (const course of fresh) this.#begin(course, held.get(course.subscription.lane));
    this.#version = Math.max(version, changed.at(-1)?.version ?? 0);
  }

  /** Ends the courses of lanes that belong to somebody else now. */
  drop(lanes: readonly HeldLane[]): void {
    for (const lane of lanes) for (const course of [...lane.courses]) this.#end(course, lane);
  }

  async #makeCourses(
    subscriptions: readonly Subscription[],
    lanes: ReadonlyMap<number, HeldLane>,
  ): Promise<Course[]> {
    if (subscriptions.length === 0) return [];
    const { database, signers } = this.#options;
    const ids = subscriptions.map((one) => one.id);
    const [own, parked, missing, breakers] = await Promise.all([
      readOwnPositions(database, ids),
      readParked(database, ids),
      readMissing(database, ids),
      readBreakers(database, ids, monotonic()),
    ]);
    const courses = subscriptions.map((subscription) => {
      const course = this.#makeCourse(subscription, own.get(subscription.id), lanes);
      course.health = breakers.get(subscription.id) ?? SOUND;
      this.#details.set(course, { missing: new Map() });
      return course;
    });
    const byId = new Map(courses.map((course) => [course.subscription.id, course]));
    const now = monotonic();
    for (const row of parked) {
      const course = byId.get(row.subscription);
      if (course?.sought === undefined) course?.parked.set(row.order_key, toParked(row, now));
    }
    for (const row of missing) {
      const course = byId.get(row.subscription);
      if (course) this.detailsOf(course).missing.set(row.order_key, toMissing(row));
    }
    await signers.load(courses);
    return courses;
  }

  /** Whether the subscription needs a new course: it has none, or has been sent elsewhere since its own began. */
  #begins({ id, seek }: Subscription): boolean {
    const course = this.#courses.get(id);
    return !course || (seek !== null && seek.number !== course.subscription.seek?.number);
  }

  /** Where the database has it, or where it has been sent since. */
  #makeCourse(
    subscription: Subscription,
    own: number | undefined,
    lanes: ReadonlyMap<number, HeldLane>,
  ): Course {
    const { seek, lane, startPosition } = subscription;
    const position = seek?.position ?? own ?? lanes.get(lane)?.cursor ?? startPosition;
    const joined = own === undefined && seek === null;
    const course = new Course(subscription, { position, joined, tally: this.tally });
    course.sought = seek?.number;
    return course;
  }

  #begin(course: Course, lane: HeldLane | undefined): void {
    if (!lane || course.subscription.deleted || this.#courses.has(course.subscription.id)) return;
    this.#courses.set(course.subscription.id, course);
    lane.courses.add(course);
    if (!course.joined) lane.busy.add(course);
    course.attached = course.joined;
    if (isFlowing(course.subscription)) this.index.add(course);
    this.#options.begun(course);
  }

  #apply(subscription: Subscription): void {
    const course = this.#courses.get(subscription.id);
    if (!course) return;
    // Sent elsewhere: what it has standing here comes to nothing, and a course that is ready begins there.
    if (this.#begins(subscription)) return this.#end(course, this.laneOf(course));
    const wasFlowing = isFlowing(course.subscription);
    this.index.remove(course);
    course.subscription = subscription;
    if (subscription.deleted) {
      this.#end(course, this.laneOf(course));
      return;
    }
    if (isFlowing(subscription)) this.index.add(course);
    // Whoever lets it go on says that the endpoint is there.
    if (!wasFlowing && course.health.phase === 'held') course.learn(recovering(1));
    if (!wasFlowing || !isFlowing(subscription)) this.#options.begun(course);
  }

  #end(course: Course, lane: HeldLane | undefined): void {
    course.end();
    this.index.remove(course);
    this.#courses.delete(course.subscription.id);
    lane?.courses.delete(course);
    lane?.busy.delete(course);
  }
}

/** Whether events flow to the subscription at all. */
export function isFlowing(subscription: Subscription): boolean {
  return subscription.validated && subscription.state === 'active' && !subscription.deleted;
}

function toParked(row: ParkedRow, now: number): Parked {
  return {
    orderKey: row.order_key,
    resource: row.resource,
    resourceInstance: row.resource_instance,
    head: Number(row.head),
    attempt: row.attempt,
    dueAt: now + Math.max(0, Number(row.wait_ms)),
    cause: row.cause,
    draining: false,
  };
}

function toMissing({ ids, sources, count }: MissingRow): Missing {
  return { first: ids.map((id, index) => messageIdOf({ id, source: sources[index] ?? '' })), count };
}
