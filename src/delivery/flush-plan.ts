import type { Course, SettledState } from './course.ts';
import type { HeldLane } from './lanes.ts';
import type { SettleBatch } from './queries.ts';
import { monotonic } from '../lib/time.ts';

/** A row of the delivery log. */
export interface LogEntry {
  readonly subscription: number;
  readonly state: 'delivered' | 'withheld' | 'failed' | 'undecided';
  readonly position: number;
  readonly attempt: number;
  readonly status: number | null;
  readonly cause: string | null;
  readonly milliseconds: number;
}

/** A row of `dead_letter`. */
export interface Letter {
  readonly subscription: number;
  readonly order_key: string;
  readonly position: number;
  readonly event_id: string;
  readonly type: string;
  readonly resource: string;
  readonly resource_instance: string | null;
  readonly bytes: string;
  readonly attempts: number;
  readonly cause: string;
}

export interface FlushInput {
  readonly touched: ReadonlySet<Course>;
  readonly held: ReadonlyMap<number, HeldLane>;
  readonly followed: number;
  /** A delivery handed over before this monotonic time is late. */
  readonly lateBefore: number;
  readonly entries: readonly LogEntry[];
  readonly letters: readonly Letter[];
  readonly left: (course: Course) => void;
}

export interface FlushPlan {
  readonly batch: SettleBatch;
  readonly courses: readonly Course[];
  readonly letters: readonly Letter[];
  /** The database has it. */
  commit(): void;
  /** The database does not have it: everything goes with a later flush. */
  rollBack(): void;
}

type Taken = ReturnType<Course['takeUnwritten']>;
interface CourseStep {
  readonly course: Course;
  readonly lane: HeldLane;
  readonly wasJoined: boolean;
  readonly taken: Taken;
  /** The position that the database will have for it. */
  position: number;
}

/**
 * Decides what one flush writes.
 *
 * Each touched course of a held lane first takes its side: one that is late or detached leaves its lane, one that has
 * caught up to the lane's committed cursor joins it. Then every lane named gets the lowest watermark of the courses
 * that share its cursor, and what each course has settled above its position becomes outcomes.
 */
export function planFlush(input: FlushInput): FlushPlan {
  const steps: CourseStep[] = [];
  for (const course of input.touched) {
    const lane = input.held.get(course.subscription.lane);
    if (!lane || course.ended) continue;
    steps.push({ course, lane, wasJoined: course.joined, taken: course.takeUnwritten(), position: 0 });
    takeSide(course, lane, input);
  }
  const cursors = new Map<HeldLane, number>();
  for (const { lane } of steps) if (!cursors.has(lane)) cursors.set(lane, cursorOf(lane, input.followed));
  for (const step of steps) {
    const laneCursor = cursors.get(step.lane)!;
    step.position = step.course.joined ? laneCursor : step.course.watermark(input.followed);
  }
  return {
    batch: toBatch(steps, cursors, input),
    courses: steps.map((step) => step.course),
    letters: input.letters,
    commit: () => {
      for (const [lane, cursor] of cursors) lane.cursor = Math.max(lane.cursor, cursor);
      for (const { course, lane, position } of steps) {
        course.committed(position, lane.cursor);
        if (course.openCount === 0 && (course.attached || !course.joined)) lane.busy.delete(course);
      }
    },
    rollBack: () => {
      for (const { course, wasJoined, taken } of steps) {
        course.joined = wasJoined;
        course.returnUnwritten(taken);
      }
    },
  };
}

function takeSide(course: Course, lane: HeldLane, input: FlushInput): void {
  const oldest = course.oldestHandedAt();
  const late = oldest !== undefined && oldest < input.lateBefore;
  if (course.joined && (late || !course.attached)) {
    course.joined = false;
    if (course.attached) course.detach(input.followed);
    input.left(course);
  } else if (!course.joined && course.attached && !late && course.watermark(input.followed) >= lane.cursor) {
    course.joined = true;
    if (course.openCount > 0) lane.busy.add(course);
  }
}

/** The highest position at or below which everything is settled for all courses that share the lane's cursor. */
function cursorOf(lane: HeldLane, followed: number): number {
  let cursor = followed;
  for (const course of lane.busy) if (course.joined) cursor = Math.min(cursor, course.watermark(followed));
  return Math.max(lane.cursor, cursor);
}

function toBatch(
  steps: readonly CourseStep[],
  cursors: Map<HeldLane, number>,
  input: FlushInput,
): SettleBatch {
  const batch: SettleBatch = {
    lanes: [...cursors].map(([lane, cursor]) => ({ lane: lane.lane, epoch: lane.epoch, cursor })),
    outcomes: [],
    own: [],
    joined: [],
    parked: [],
    unparked: [],
    dead: [...input.letters],
    log: logRows(input.entries),
  };
  for (const step of steps) {
    addPosition(batch, step, input.followed);
    addOutcomes(batch, step);
    addParked(batch, step);
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
    const highest = Math.max(...positions);
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

function addParked(batch: SettleBatch, { course, taken }: CourseStep): void {
  const subscription = course.subscription.id;
  const now = monotonic();
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
    });
  }
}

/** Successes of one subscription in one flush share a row; each failure has its own. */
function logRows(entries: readonly LogEntry[]): object[] {
  const rows: { positions: number[] }[] = [];
  const shared = new Map<string, { positions: number[] }>();
  for (const { position, ...entry } of entries) {
    const key = `${entry.subscription} ${entry.status}`;
    const row = entry.state === 'delivered' ? shared.get(key) : undefined;
    if (row) row.positions.push(position);
    else {
      const made = { ...entry, milliseconds: Math.round(entry.milliseconds), positions: [position] };
      rows.push(made);
      if (entry.state === 'delivered') shared.set(key, made);
    }
  }
  return rows;
}
