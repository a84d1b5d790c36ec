import { setImmediate } from 'node:timers/promises';
import type { LogRow } from '../events/event.ts';
import {
  changedSubscriptions,
  interestsOfLanes,
  restlessSubscriptions,
  subscriptionsById,
} from '../subscriptions/lane-queries.ts';
import { type Interest, interestOf } from '../subscriptions/matching.ts';
import type { Subscription } from '../subscriptions/subscription.ts';
import { SubscriptionIndex } from '../subscriptions/subscription-index.ts';
import type { Course, Tally } from './course.ts';
import { type CourseDetails, CourseLoader, type CourseLoaderOptions } from './course-loader.ts';
import { recovering } from './health.ts';
import type { HeldLane } from './lanes.ts';
import { readOutcomes } from './queries.ts';

export interface RosterOptions extends CourseLoaderOptions {
  readonly held: ReadonlyMap<number, HeldLane>;
  /** Courses beyond which those that have nothing to remember are forgotten. */
  readonly coursesMost: number;
  /** A course has begun, or its subscription has changed: see to its handshake, its catch-up and what is parked. */
  readonly begun: (course: Course) => void;
  /** Something was asked for about dead letters of these. */
  readonly asked: (courses: readonly Course[]) => Promise<void>;
}

/** Who may want a row. */
export interface Match {
  /** The subject of the main unit, if the row's subject has one. */
  readonly mainUnit: string | undefined;
  readonly found: (course: Course) => void;
  /** Wants the row, and must be woken before it can be offered. */
  readonly asleep: (interest: Interest) => void;
}

/** Subscriptions read at a time. */
const PAGE = 5000;
/** Courses looked at for one that may be forgotten, at a time. */
const LOOK_MOST = 1000;

/**
 * The subscriptions of the lanes that this process holds. Of each to which events flow there is an *interest* in the
 * index. A course, which is a good deal larger, exists while there is something to know about it beyond that: it does
 * not keep up with its lane, something of it is parked or under way, or it has been used of late. Otherwise it is
 * *asleep*: the lane's cursor says all there is, and its course is made anew when an event is for it.
 */
export class Roster {
  readonly index = new SubscriptionIndex();
  readonly #options: RosterOptions;
  readonly #loader: CourseLoader;
  /** Those made longest ago stand first. */
  readonly #courses = new Map<number, Course>();
  #version = Number.POSITIVE_INFINITY;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: RosterOptions) {
    this.#options = options;
    this.#loader = new CourseLoader(options);
  }

  get tally(): Tally {
    return this.#loader.tally;
  }

  /** The subscription version that the roster is not older than. */
  get version(): number {
    return this.#version;
  }

  /** Courses in memory. */
  get size(): number {
    return this.#courses.size;
  }

  detailsOf(course: Course): CourseDetails {
    return this.#loader.detailsOf(course);
  }

  laneOf(course: Course): HeldLane | undefined {
    return this.#options.held.get(course.subscription.lane);
  }

  match(row: LogRow, { mainUnit, found, asleep }: Match): void {
    this.index.match(row, mainUnit, (interest) => {
      if (!this.#isCurrent(interest)) return;
      const course = this.#courses.get(interest.id);
      if (course) found(course);
      else asleep(interest);
    });
  }

  /**
   * Loads lanes that were just taken over, and begins those of their courses that are not asleep, from what their last
   * owner committed. `version` is the subscription version read before. `takeOver` gives the lanes that are still ours.
   * It is called with nothing awaited between it and the courses' begin: it must send the follower back, or they would
   * miss rows.
   */
  async load(
    lanes: readonly HeldLane[],
    version: number,
    takeOver: () => readonly HeldLane[],
  ): Promise<void> {
    const byNumber = new Map(lanes.map((lane) => [lane.lane, lane]));
    // Out of turn, since it takes seconds for a million: meanwhile the lanes that are held already go on.
    await this.#readInterests(byNumber);
    return this.#inTurn(async () => {
      const { database } = this.#options;
      const numbers = [...byNumber.keys()];
      const restless = await restlessSubscriptions(database, numbers);
      const outcomes = await readOutcomes(database, numbers);
      const courses = await this.#loader.load(restless, byNumber);
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

  /** Makes the courses of subscriptions that are asleep. Whoever has gone meanwhile is not woken. */
  wake(interests: readonly Interest[]): Promise<void> {
    return this.#inTurn(async () => {
      const { database, held } = this.#options;
      const asleep = interests.filter((one) => this.#isCurrent(one) && !this.#courses.has(one.id));
      const subscriptions = await subscriptionsById(
        database,
        asleep.map(({ id }) => id),
      );
      const woken = await this.#loader.load(subscriptions, held);
      for (const course of woken) this.#begin(course, this.laneOf(course));
      for (const { lane, id } of asleep) if (!this.#courses.has(id)) this.#setInterest(lane, id);
      this.#makeRoom(new Set(woken));
    });
  }

  /** Ends the courses of lanes that belong to somebody else now. */
  drop(lanes: readonly HeldLane[]): void {
    for (const lane of lanes) for (const course of [...lane.courses]) this.#end(course, lane);
    void this.#forget(lanes);
  }

  /** Lane by lane: half a million at once would hold up what goes on. Nobody finds them meanwhile. */
  async #forget(lanes: readonly HeldLane[]): Promise<void> {
    for (const lane of lanes) {
      for (const interest of lane.interests.values()) this.index.remove(interest);
      lane.interests.clear();
      await setImmediate();
    }
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

  async #readInterests(lanes: ReadonlyMap<number, HeldLane>): Promise<void> {
    const { database } = this.#options;
    for await (const page of interestsOfLanes(database, [...lanes.keys()], PAGE)) {
      for (const interest of page) {
        const lane = lanes.get(interest.lane);
        if (lane && !lane.isGone && !lane.interests.has(interest.id))
          lane.interests.set(interest.id, this.index.add(interest));
      }
    }
  }

  async #readChanges(version: number): Promise<void> {
    const { database, held, signers } = this.#options;
    const since = { version: this.#version, lanes: [...held.keys()] };
    let newest = version;
    for await (const changed of changedSubscriptions(database, since, PAGE)) {
      const unknown = changed.filter((one) => !one.deleted && this.#begins(one));
      const fresh = await this.#loader.load(unknown, held);
      // A secret may have been rotated: whoever did so waits until it signs.
      await signers.load(changed.flatMap((one) => this.#courses.get(one.id) ?? []));
      for (const subscription of changed) this.#apply(subscription);
      await this.#recover(changed);
      for (const course of fresh) {
        if (course.sought !== undefined) letGoOn(course);
        this.#begin(course, this.laneOf(course));
      }
      this.#makeRoom(new Set(fresh));
      newest = Math.max(newest, changed.at(-1)?.version ?? 0);
    }
    this.#version = newest;
  }

  /** Looked at again when the look fails: the version is not known before. */
  async #recover(changed: readonly Subscription[]): Promise<void> {
    const asking = changed.flatMap(({ id, recovery }) => {
      const course = this.#courses.get(id);
      return course && this.detailsOf(course).recovery !== recovery ? [course] : [];
    });
    await this.#options.asked(asking);
    for (const course of asking) this.detailsOf(course).recovery = course.subscription.recovery;
  }

  #begin(course: Course, lane: HeldLane | undefined): void {
    const { subscription } = course;
    if (!lane || subscription.deleted || this.#courses.has(subscription.id)) return;
    this.#courses.set(subscription.id, course);
    lane.courses.add(course);
    if (!course.joined) lane.busy.add(course);
    course.attached = course.joined;
    this.#setInterest(subscription.lane, subscription.id, subscription);
    this.#options.begun(course);
  }

  #apply(subscription: Subscription): void {
    this.#setInterest(subscription.lane, subscription.id, subscription);
    const course = this.#courses.get(subscription.id);
    if (!course) return;
    // Sent elsewhere: what it has standing here comes to nothing, and a course that is ready begins there.
    if (subscription.deleted || this.#begins(subscription)) return this.#end(course, this.laneOf(course));
    const wasFlowing = isFlowing(course.subscription);
    course.subscription = subscription;
    if (!wasFlowing) letGoOn(course);
    if (!wasFlowing || !isFlowing(subscription)) this.#options.begun(course);
  }

  /** Whether the subscription needs a new course: it has none, or has been sent elsewhere since its own began. */
  #begins({ id, seek }: Subscription): boolean {
    const course = this.#courses.get(id);
    return !course || (seek !== null && seek.number !== course.subscription.seek?.number);
  }

  /** What the index has of a subscription: its interest while events flow to it, otherwise nothing. */
  #setInterest(lane: number, id: number, subscription?: Subscription): void {
    const interests = this.#options.held.get(lane)?.interests;
    const known = interests?.get(id);
    if (known) this.index.remove(known);
    interests?.delete(id);
    if (subscription && isFlowing(subscription)) interests?.set(id, this.index.add(interestOf(subscription)));
  }

  #isCurrent(interest: Interest): boolean {
    return this.#options.held.get(interest.lane)?.interests.get(interest.id) === interest;
  }

  /** Lets courses fall asleep that have nothing to remember, while there are too many; none of those just made. */
  #makeRoom(made: ReadonlySet<Course>): void {
    const excess = this.#courses.size - this.#options.coursesMost;
    if (excess <= 0) return;
    let looks = excess + LOOK_MOST;
    for (const [id, course] of this.#courses) {
      if (looks-- === 0 || this.#courses.size <= this.#options.coursesMost || made.has(course)) return;
      this.#courses.delete(id);
      const lane = this.laneOf(course);
      if (course.maySleep && lane && !lane.busy.has(course)) this.#end(course, lane);
      else this.#courses.set(id, course);
    }
  }

  #end(course: Course, lane: HeldLane | undefined): void {
    course.end();
    this.#courses.delete(course.subscription.id);
    lane?.courses.delete(course);
    lane?.busy.delete(course);
  }
}

/** Whoever lets a subscription go on says that its endpoint is there. */
function letGoOn(course: Course): void {
  if (course.health.phase === 'held') course.learn(recovering(1));
}

/** Whether events flow to the subscription at all. */
export function isFlowing(subscription: Subscription): boolean {
  return subscription.validated && subscription.state === 'active' && !subscription.deleted;
}
