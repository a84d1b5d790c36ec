import { toHealth } from '../../src/delivery/breaker-queries.ts';
import { Course } from '../../src/delivery/course.ts';
import { type FlushPlan, isMisplaced, planFlush, quietCursor } from '../../src/delivery/flush-plan.ts';
import { recovering } from '../../src/delivery/health.ts';
import { type HeldLane, toLane } from '../../src/delivery/lanes.ts';
import type { SettleBatch } from '../../src/delivery/queries.ts';
import type { LogRow } from '../../src/events/event.ts';
import { isAskedFor } from '../../src/subscriptions/matching.ts';
import type { Subscription } from '../../src/subscriptions/subscription.ts';
import { type ModelDatabase, Refused } from './model-database.ts';
import { type ModelLog, pick, toParked } from './model-log.ts';
import type { Truth } from './truth.ts';

/** What outlives a process. */
export interface World {
  readonly log: ModelLog;
  readonly database: ModelDatabase;
  readonly truth: Truth;
  readonly subscriptions: Subscription[];
}

const HANDOVER = 250;
const OVERFLOW = 5;

/**
 * What a process that delivers has in memory, and how that follows the log and gets into the database. Courses and
 * plans are the real ones; what waits in the real process for a timer or an answer waits here for its step.
 */
export class ModelProcess {
  readonly world: World;
  now = 0;
  followed = Number.POSITIVE_INFINITY;
  held = new Map<number, HeldLane>();
  courses = new Map<number, Course>();
  touched = new Set<Course>();
  /** The follower has passed a row that a course which is behind wants. */
  passed: (course: Course, row: LogRow, before: number) => void = () => undefined;
  #flush: FlushPlan | undefined;
  #seeks = 0;
  /** Renewals that nobody waits for any more and the database may still carry out. */
  #stray: SettleBatch['lanes'][] = [];

  constructor(world: World) {
    this.world = world;
    this.start();
  }

  follow(): void {
    const page = this.world.log.read(this.followed, 3);
    let before = this.followed;
    for (const row of page.rows) {
      for (const course of this.courses.values())
        if (course.attached) this.#offer(course, row, before);
        else if (isWanted(course, row)) this.passed(course, row, before);
      before = row.position;
    }
    this.followed = page.next;
  }

  pass(choice: number): void {
    this.now += choice % 200;
  }

  /** Long enough for a probe, or for what an endpoint has asked for. */
  wait(choice: number): void {
    this.now += choice % 90_000;
  }

  sweep(): void {
    for (const lane of this.held.values())
      for (const course of lane.busy) if (isMisplaced(course, this.now - HANDOVER)) this.touched.add(course);
  }

  startFlush(): void {
    if (this.#flush) return;
    const plan = planFlush({
      ...{ touched: this.touched, held: this.held, followed: this.followed },
      ...{ now: this.now, lateBefore: this.now - HANDOVER, left: () => undefined },
    });
    this.touched = new Set();
    if (plan.courses.length > 0) this.#flush = plan;
  }

  /** The flush is carried out or not, and the answer arrives or not. */
  endFlush(choice: number): void {
    const plan = this.#flush;
    if (!plan) return;
    this.#flush = undefined;
    const isDone = choice % 4 > 0 && this.#settle(plan.batch);
    if (isDone && choice % 4 > 1) return plan.commit();
    plan.rollBack();
    for (const course of plan.courses) this.touched.add(course);
  }

  renew(choice: number): void {
    if (this.#flush) return;
    const lanes = [...this.held.values()].map((lane) => {
      return { lane: lane.lane, epoch: lane.epoch, cursor: quietCursor(lane, this.touched, this.followed) };
    });
    if (choice % 4 === 0) return void this.#stray.push(lanes);
    this.#renew(lanes);
    if (choice % 4 === 1) return;
    for (const lane of this.held.values()) {
      lane.cursor = Math.max(lane.cursor, this.world.database.lanes.get(lane.lane)!.cursor);
      lane.claimed = Math.max(lane.claimed, lane.cursor);
    }
  }

  carryOutStray(): void {
    this.#renew(this.#stray.shift() ?? []);
  }

  /** Pauses a subscription, or lets it go on. */
  pause(choice: number, state: 'active' | 'paused' = choice % 3 > 0 ? 'active' : 'paused'): void {
    const index = choice % this.world.subscriptions.length;
    const subscription = { ...this.world.subscriptions[index]!, state };
    this.world.subscriptions[index] = subscription;
    const course = this.courses.get(subscription.id);
    if (!course) return;
    const goesOn = course.subscription.state !== 'active' && state === 'active';
    course.subscription = subscription;
    if (goesOn && course.health.phase === 'held') course.learn(recovering(1));
    if (state === 'paused') this.detach(course);
  }

  /** The subscription is sent to a position. */
  seek(index: number, position: number): void {
    const was = this.world.subscriptions[index]!;
    const subscription = { ...was, seek: { number: ++this.#seeks, position } };
    this.world.subscriptions[index] = subscription;
    const lane = this.held.get(subscription.lane);
    const course = this.courses.get(subscription.id);
    if (!lane || !course) return;
    course.end();
    for (const courses of [lane.courses, lane.busy]) courses.delete(course);
    this.#load(subscription, lane);
  }

  /** The lane goes to another process, which does nothing with it. */
  loseLane(choice: number): void {
    const lane = pick([...this.held.values()], choice);
    if (!lane) return;
    this.world.database.take(lane.lane);
    this.held.delete(lane.lane);
    for (const course of lane.courses) {
      course.end();
      this.courses.delete(course.subscription.id);
    }
  }

  takeLane(choice: number): void {
    const lane = pick(
      [...this.world.database.lanes.keys()].filter((one) => !this.held.has(one)),
      choice,
    );
    if (lane !== undefined) this.#take(lane);
  }

  /** Begins with nothing but what the database has. */
  start(): void {
    this.#flush = undefined;
    this.followed = Number.POSITIVE_INFINITY;
    this.held = new Map();
    this.courses = new Map();
    this.touched = new Set();
    for (const lane of this.world.database.lanes.keys()) this.#take(lane);
  }

  /** Everything in memory is gone; a new process begins. */
  crash(choice: number): void {
    if (this.#flush && choice % 2 === 0) this.#settle(this.#flush.batch);
    this.start();
  }

  #take(number: number): void {
    const { epoch, cursor } = this.world.database.take(number);
    const lane = toLane({ lane: number, epoch, cursor });
    this.held.set(number, lane);
    this.followed = Math.min(this.followed, cursor);
    for (const subscription of this.world.subscriptions)
      if (subscription.lane === number) this.#load(subscription, lane);
  }

  #load(subscription: Subscription, lane: HeldLane): void {
    const { id } = subscription;
    const { own, breakers } = this.world.database;
    const { seek } = subscription;
    const joined = !own.has(id) && seek === null;
    const tally = { open: 0, prompt: 0, behind: 0 };
    const position = seek?.position ?? own.get(id) ?? lane.cursor;
    const course = new Course(subscription, { position, joined, tally });
    const breaker = breakers.get(id);
    if (breaker) course.health = toHealth(breaker.row, breaker.now);
    course.attached = joined;
    lane.courses.add(course);
    if (!joined) lane.busy.add(course);
    this.courses.set(id, course);
    if (seek) this.#seek(course, seek);
    else this.#recall(course);
    if (subscription.state !== 'active') this.detach(course);
  }

  #seek(course: Course, seek: NonNullable<Subscription['seek']>): void {
    course.sought = seek.number;
    this.touched.add(course);
    this.world.truth.seek(course.subscription, seek.position);
  }

  #recall(course: Course): void {
    const { id } = course.subscription;
    const { outcomes, parked } = this.world.database;
    for (const row of outcomes) if (row.subscription === id) course.recallSettled(row.positions);
    for (const row of parked.values())
      if (row.subscription === id)
        course.parked.set(row.order_key, toParked(row, this.world.database.unsettled));
    this.world.truth.reload(course.subscription, this.world.database);
  }

  /** What waits is forgotten; it is read again when events flow. */
  detach(course: Course): void {
    if (!course.attached && course.openCount === 0) return;
    course.detach(this.followed);
    this.touched.add(course);
  }

  #offer(course: Course, row: LogRow, before: number): void {
    if (!isWanted(course, row)) return;
    course.offer(row, before, this.now);
    this.held.get(course.subscription.lane)?.busy.add(course);
    if (course.openCount <= OVERFLOW) return;
    course.detach(before);
    this.touched.add(course);
  }

  #settle(batch: SettleBatch): boolean {
    try {
      this.world.database.settle(batch, this.now);
    } catch (thrown) {
      if (thrown instanceof Refused) return false;
      throw thrown;
    }
    for (const { subscription, number } of batch.sought) this.#sought(subscription, number);
    this.#check();
    return true;
  }

  #sought(id: number, number: number): void {
    const index = this.world.subscriptions.findIndex((one) => one.id === id);
    const subscription = this.world.subscriptions[index]!;
    this.world.truth.forget(subscription);
    if (subscription.seek?.number === number)
      this.world.subscriptions[index] = { ...subscription, seek: null };
  }

  #renew(lanes: SettleBatch['lanes']): void {
    this.world.database.renew(lanes);
    this.#check();
  }

  #check(): void {
    for (const subscription of this.world.subscriptions)
      this.world.truth.check(subscription, this.world.database);
  }
}

function isWanted({ subscription }: Course, row: LogRow): boolean {
  return subscription.state === 'active' && isAskedFor(subscription, row, undefined);
}
