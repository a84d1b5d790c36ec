import { toBreakerWrite } from './breaker-queries.ts';
import type { Course } from './course.ts';
import type { HeldLane } from './lanes.ts';
import type { SettleBatch } from './queries.ts';
import type { SettledState, Unwritten } from './unwritten.ts';

export interface FlushInput {
  readonly touched: ReadonlySet<Course>;
  readonly held: ReadonlyMap<number, HeldLane>;
  /** Where the follower of the whole log stands. */
  readonly followed: number;
  /** Monotonic milliseconds. */
  readonly now: number;
  /** A delivery handed over before this monotonic time is late. */
  readonly lateBefore: number;
  /** A course has left its lane. */
  readonly left: (course: Course) => void;
}

export interface FlushPlan {
  readonly batch: SettleBatch;
  readonly courses: readonly Course[];
  /** The database has it. */
  commit(): void;
  /** Whether the database has it is not known: everything goes with a later flush. */
  rollBack(): void;
}

interface CourseStep {
  readonly course: Course;
  readonly lane: HeldLane;
  readonly wasJoined: boolean;
  readonly taken: Unwritten;
  /** The position that the database will have for it. */
  position: number;
}

/**
 * Decides what one flush writes.
 *
 * Each touched course of a held lane first takes its side: one that is late or detached leaves its lane, one that has
 * caught up to the lane's cursor joins it. Then every lane named gets the lowest watermark of the courses that share
 * its cursor, and what each course has settled above its position becomes outcomes.
 */
export function planFlush(input: FlushInput): FlushPlan {
  const steps: CourseStep[] = [];
  for (const course of input.touched) {
    const lane = input.held.get(course.subscription.lane);
    if (!lane || course.ended) continue;
    steps.push({ course, lane, wasJoined: course.joined, taken: course.notebook.take(), position: 0 });
    takeSide(course, lane, input);
  }
  const cursors = new Map<HeldLane, number>();
  for (const { lane } of steps) if (!cursors.has(lane)) cursors.set(lane, claimCursor(lane, input.followed));
  for (const step of steps) {
    const { course, lane } = step;
    step.position = course.joined
      ? cursors.get(lane)!
      : Math.max(course.floor, course.watermark(input.followed));
  }
  return {
    batch: toBatch(steps, cursors, input),
    courses: steps.map((step) => step.course),
    commit: () => commit(steps, cursors),
    rollBack: () => steps.forEach(rollBack),
  };
}

/**
 * The cursor that a renewal of the lease may give a lane: where the follower stands, when nothing stands between for
 * any course that shares the cursor.
 */
export function quietCursor(lane: HeldLane, touched: Iterable<Course>, followed: number): number {
  for (const course of lane.busy) if (course.joined) return lane.cursor;
  for (const course of touched) if (course.subscription.lane === lane.lane) return lane.cursor;
  return claim(lane, followed);
}

/** Whether a course is on the wrong side: shares the cursor and does not keep up, or keeps up and does not share it. */
export function isMisplaced(course: Course, lateBefore: number): boolean {
  const oldest = course.oldestHandedAt();
  const keepsUp = course.attached && !(oldest !== undefined && oldest < lateBefore);
  return course.joined !== keepsUp;
}

function takeSide(course: Course, lane: HeldLane, input: FlushInput): void {
  if (!isMisplaced(course, input.lateBefore)) return;
  if (course.joined) {
    setApart(course, lane);
    if (course.attached) course.detach(input.followed);
    input.left(course);
  } else if (mayJoin(course, lane, input.followed)) {
    course.joined = true;
    lane.busy.add(course);
  }
}

/** Behind a cursor that the database has, or may yet get, it would lose events; ahead of it, it would repeat some. */
function mayJoin(course: Course, lane: HeldLane, followed: number): boolean {
  return course.watermark(followed) >= lane.claimed && course.rememberedFrom <= lane.cursor;
}

/** The highest position at or below which everything is settled for all courses that share the lane's cursor. */
function claimCursor(lane: HeldLane, followed: number): number {
  let cursor = followed;
  for (const course of lane.busy) if (course.joined) cursor = Math.min(cursor, course.watermark(followed));
  return claim(lane, cursor);
}

function claim(lane: HeldLane, cursor: number): number {
  lane.claimed = Math.max(lane.claimed, cursor);
  return Math.max(lane.cursor, cursor);
}

function commit(steps: readonly CourseStep[], cursors: ReadonlyMap<HeldLane, number>): void {
  for (const [lane, cursor] of cursors) lane.cursor = Math.max(lane.cursor, cursor);
  for (const { course, lane, position } of steps) {
    course.committed(position, lane.cursor);
    course.sought = undefined;
    if (course.openCount === 0 && course.joined && course.attached) lane.busy.delete(course);
  }
}

/**
 * A flush whose answer was lost may have been carried out. Whoever changed sides is on its own from now on, because
 * that can be said again whatever the database has; that it shares the lane's cursor cannot.
 */
function rollBack({ course, lane, wasJoined, taken }: CourseStep): void {
  if (course.joined && !wasJoined) setApart(course, lane);
  course.notebook.giveBack(taken);
}

/** From here on it is on its own, no further back than the database may have moved it along with its lane. */
function setApart(course: Course, lane: HeldLane): void {
  course.joined = false;
  course.floor = Math.max(course.floor, lane.claimed);
}

function toBatch(
  steps: readonly CourseStep[],
  cursors: ReadonlyMap<HeldLane, number>,
  { followed, now }: FlushInput,
): SettleBatch {
  const batch: SettleBatch = {
    lanes: [...cursors].map(([lane, cursor]) => ({ lane: lane.lane, epoch: lane.epoch, cursor })),
    ...{ outcomes: [], own: [], joined: [], parked: [], unparked: [] },
    dead: steps.flatMap((step) => step.taken.letters),
    log: steps.flatMap((step) => step.taken.entries),
    ...{ breakers: [], sound: [], sought: [], letters: steps.flatMap((step) => step.taken.retried) },
  };
  for (const step of steps) {
    addPosition(batch, step, followed);
    addOutcomes(batch, step);
    addParked(batch, step, now);
    addStanding(batch, step, now);
  }
  return batch;
}

function addPosition(batch: SettleBatch, step: CourseStep, followed: number): void {
  const { course, lane, wasJoined, position } = step;
  const subscription = course.subscription.id;
  if (!course.joined) batch.own.push({ subscription, position, cause: wasJoined ? 'slow' : 'behind' });
  else if (!wasJoined)
    batch.joined.push({ subscription, lane: lane.lane, position: course.watermark(followed) });
}

function addOutcomes(batch: SettleBatch, { course, lane, wasJoined, taken, position }: CourseStep): void {
  const joins = course.joined && !wasJoined;
  const settled: Record<SettledState, number[]> = joins
    ? { delivered: course.settledAbove(position), withheld: [], dead: [] }
    : taken.settled;
  for (const state of ['delivered', 'withheld', 'dead'] as const) {
    const positions = settled[state].filter((one) => one > position);
    if (positions.length === 0) continue;
    const highest = positions.reduce((one, other) => Math.max(one, other));
    batch.outcomes.push({
      lane: lane.lane,
      epoch: lane.epoch,
      subscription: course.subscription.id,
      positions,
      highest,
      state,
    });
  }
}

function addParked(batch: SettleBatch, { course, taken }: CourseStep, now: number): void {
  const subscription = course.subscription.id;
  for (const orderKey of taken.parked) {
    const parked = course.parked.get(orderKey);
    if (!parked) {
      batch.unparked.push({ subscription, order_key: orderKey });
      continue;
    }
    batch.parked.push({
      subscription,
      order_key: orderKey,
      resource: parked.resource,
      resource_instance: parked.resourceInstance,
      head: parked.head,
      attempt: parked.attempt,
      wait_ms: Math.max(0, parked.dueAt - now),
      cause: parked.cause,
      held: parked.held,
    });
  }
}

/** Where it was sent to, and how its endpoint is. */
function addStanding(batch: SettleBatch, { course, taken }: CourseStep, now: number): void {
  const subscription = course.subscription.id;
  if (course.sought !== undefined) batch.sought.push({ subscription, number: course.sought });
  if (!taken.health) return;
  const { health } = course;
  if (health.phase === 'closed') batch.sound.push({ subscription });
  else batch.breakers.push(toBreakerWrite(subscription, health, now));
}
