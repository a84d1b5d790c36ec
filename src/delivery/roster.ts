import type { LogRow } from '../events/event.ts';
import {
  changedSubscriptions,
  restlessSubscriptions,
  subscriptionsById,
} from '../subscriptions/lane-queries.ts';
import type { Interest } from '../subscriptions/matching.ts';
import type { Subscription } from '../subscriptions/subscription.ts';
import { Awake } from './awake.ts';
import type { Course, Tally } from './course.ts';
import { type CourseDetails, CourseLoader, type CourseLoaderOptions } from './course-loader.ts';
import { recovering } from './health.ts';
import { type Found, Interests, type Match } from './interests.ts';
import type { HeldLane } from './lanes.ts';
import { type OfLane, PutOff } from './put-off.ts';
import { readOutcomes } from './queries.ts';

export interface RosterOptions extends CourseLoaderOptions {
  readonly held: ReadonlyMap<number, HeldLane>;
  /** Courses beyond which those that have nothing to remember are forgotten. */
  readonly coursesMost: number;
  /** A course has begun, or its subscription has changed: see to its handshake, its catch-up and what is parked. */
  readonly begun: (course: Course) => void;
  /** Something was asked for about dead letters of these. */
  readonly asked: (courses: readonly Course[]) => Promise<void>;
  /** Gives subscriptions that are asleep positions of their own. Rejects when that may not have been committed. */
  readonly setApart: (asleep: readonly OfLane[], position: number) => Promise<void>;
}

/** Subscriptions read at a time. */
const PAGE = 5000;
/** The share of all that may be awake of whom so many more are woken at a time when no room comes free. */
const TRICKLE = 1 / 64;

/**
 * The subscriptions of the lanes that this process holds. Of each to which events flow there is an *interest* in the
 * index. A course, which is a good deal larger, exists while there is something to know about it beyond that: it does
 * not keep up with its lane, something of it is parked or under way, or it has been used of late. Otherwise it is
 * *asleep*: the lane's cursor says all there is, and its course is made anew when an event is for it.
 *
 * An event that more want than may be awake is offered to some. The others are *put off*: each gets a position of its
 * own, and is woken to be read for when there is room.
 */
export class Roster {
  readonly interests: Interests;
  readonly awake: Awake;
  readonly #options: RosterOptions;
  readonly #loader: CourseLoader;
  readonly #putOff = new PutOff();
  #isTidying = false;
  #version = Number.POSITIVE_INFINITY;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: RosterOptions) {
    this.#options = options;
    this.#loader = new CourseLoader(options);
    this.awake = new Awake(options.coursesMost, (course) => this.#letSleep(course));
    this.interests = new Interests(options.held);
  }

  get tally(): Tally {
    return this.#loader.tally;
  }

  /** The subscription version that the roster is not older than. */
  get version(): number {
    return this.#version;
  }

  detailsOf(course: Course): CourseDetails {
    return this.#loader.detailsOf(course);
  }

  laneOf(course: Course): HeldLane | undefined {
    return this.#options.held.get(course.subscription.lane);
  }

  match(row: LogRow, { mainUnit, ...told }: Match): void {
    this.interests.match(row, mainUnit, (interest) => this.#tell(interest, row.position, told));
  }

  /** Everyone who asks for sub-units on the row's resource. */
  findUnitSeekers(row: LogRow, told: Found): void {
    this.interests.unitSeekers(row.resource, (interest) => this.#tell(interest, row.position, told));
  }

  #tell(interest: Interest, position: number, { found, asleep }: Found): void {
    const course = this.awake.get(interest.id);
    if (course) found(course);
    // What the cursor has passed is settled for whoever shares it.
    else if (this.#options.held.get(interest.lane)!.cursor < position) asleep(interest);
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
    await this.interests.read(this.#options.database, byNumber);
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

  /** Makes the courses of subscriptions that are asleep. Whoever has gone meanwhile leaves the index. */
  async wake(interests: readonly Interest[]): Promise<void> {
    if (interests.length === 0) return;
    await this.#inTurn(async () => {
      const asleep = interests.filter((one) => this.#isAsleep(one));
      this.awake.makeRoom(asleep.length);
      const there = await this.#wake(asleep.map(({ id }) => id));
      // Not who is awake now: some may have fallen asleep again while the last of them were read.
      for (const { lane, id } of asleep) if (!there.has(id)) this.interests.set(lane, id);
    });
  }

  /** Puts off subscriptions that are asleep, and have all up to the position. Rejects when the database does not take it. */
  async putOff(interests: readonly Interest[], position: number): Promise<void> {
    for (let from = 0; from < interests.length; from += PAGE)
      await this.#inTurn(() => this.#putOffSome(interests.slice(from, from + PAGE), position));
  }

  async #putOffSome(interests: readonly Interest[], position: number): Promise<void> {
    const { held, setApart } = this.#options;
    const asleep = interests
      .filter((one) => this.#isAsleep(one))
      .map(({ lane, id }) => ({ lane: held.get(lane)!, id }));
    await setApart(asleep, position);
    for (const one of asleep) {
      if (one.lane.isGone) continue;
      this.interests.set(one.lane.lane, one.id);
      this.#putOff.add(one);
    }
  }

  /** Lets some fall asleep while too many are awake, and wakes some of those put off, more of them while there is room. */
  async tidy(): Promise<void> {
    this.awake.makeRoom(0);
    if (this.#putOff.isEmpty || this.#isTidying) return;
    this.#isTidying = true;
    try {
      const most = Math.max(this.awake.room, Math.ceil(this.#options.coursesMost * TRICKLE));
      const next = this.#putOff.next(Math.min(most, PAGE));
      await this.#inTurn(() => this.#wake(next.map(({ id }) => id)));
      for (const one of next) this.#putOff.delete(one);
    } finally {
      this.#isTidying = false;
    }
  }

  /** Gives those that there are. In turn: read while awake, the database's course may be older than what came of it. */
  async #wake(all: readonly number[]): Promise<ReadonlySet<number>> {
    const { database, held } = this.#options;
    const there = new Set(all.filter((id) => this.awake.has(id)));
    const ids = all.filter((id) => !there.has(id));
    for (let from = 0; from < ids.length; from += PAGE) {
      const subscriptions = await subscriptionsById(database, ids.slice(from, from + PAGE));
      for (const course of await this.#loader.load(subscriptions, held))
        this.#begin(course, this.laneOf(course));
      for (const { id } of subscriptions) there.add(id);
    }
    return there;
  }

  /** Ends the courses of lanes that belong to somebody else now. */
  drop(lanes: readonly HeldLane[]): void {
    for (const lane of lanes) {
      for (const course of [...lane.courses]) this.#end(course, lane);
      this.#putOff.drop(lane);
    }
    void this.interests.forget(lanes);
  }

  /**
   * One load or refresh at a time. Two at once would begin a new subscription twice, and a refresh that ends after a
   * load would claim a version that the loaded lanes have not.
   */
  async #inTurn(work: () => Promise<unknown>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    await done;
  }

  async #readChanges(version: number): Promise<void> {
    const { database, held, signers } = this.#options;
    const since = { version: this.#version, lanes: [...held.keys()] };
    let newest = version;
    for await (const changed of changedSubscriptions(database, since, PAGE)) {
      const unknown = changed.filter((one) => !one.deleted && this.#begins(one));
      const fresh = await this.#loader.load(unknown, held);
      // A secret may have been rotated: whoever did so waits until it signs.
      await signers.load(changed.flatMap((one) => this.awake.get(one.id) ?? []));
      for (const subscription of changed) this.#apply(subscription);
      await this.#recover(changed);
      for (const course of fresh) {
        if (course.sought !== undefined) letGoOn(course);
        this.#begin(course, this.laneOf(course));
      }
      newest = Math.max(newest, changed.at(-1)?.version ?? 0);
    }
    this.#version = newest;
  }

  /** Looked at again when the look fails: the version is not known before. */
  async #recover(changed: readonly Subscription[]): Promise<void> {
    const asking = changed.flatMap(({ id, recovery }) => {
      const course = this.awake.get(id);
      return course && this.detailsOf(course).recovery !== recovery ? [course] : [];
    });
    await this.#options.asked(asking);
    for (const course of asking) this.detailsOf(course).recovery = course.subscription.recovery;
  }

  #begin(course: Course, lane: HeldLane | undefined): void {
    const { subscription } = course;
    if (!lane || subscription.deleted || this.awake.has(subscription.id)) return;
    this.awake.add(course);
    this.#putOff.delete({ lane, id: subscription.id });
    lane.courses.add(course);
    if (!course.joined) lane.busy.add(course);
    course.attached = course.joined;
    this.#note(subscription);
    this.#options.begun(course);
  }

  #apply(subscription: Subscription): void {
    this.#note(subscription);
    const course = this.awake.get(subscription.id);
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
    const course = this.awake.get(id);
    return !course || (seek !== null && seek.number !== course.subscription.seek?.number);
  }

  /** It is found while events flow to it. */
  #note(subscription: Subscription): void {
    const { lane, id } = subscription;
    this.interests.set(lane, id, isFlowing(subscription) ? subscription : undefined);
  }

  #isAsleep(interest: Interest): boolean {
    return this.interests.isCurrent(interest) && !this.awake.has(interest.id);
  }

  #letSleep(course: Course): void {
    const lane = this.laneOf(course);
    if (lane && !lane.busy.has(course) && course.maySleep(lane.cursor)) this.#end(course, lane);
  }

  #end(course: Course, lane: HeldLane | undefined): void {
    course.end();
    this.awake.delete(course);
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
