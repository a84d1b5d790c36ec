import type { Database } from '../db/database.ts';
import { monotonic } from '../lib/time.ts';
import type { Subscription } from '../subscriptions/subscription.ts';
import { readBreakers } from './breaker-queries.ts';
import { Course, type Tally } from './course.ts';
import type { Parked } from './parked.ts';
import { SOUND } from './health.ts';
import type { HeldLane } from './lanes.ts';
import { readAsking } from './letter-queries.ts';
import { messageIdOf, type Missing } from './message-id.ts';
import { type MissingRow, type ParkedRow, readMissing, readOwnPositions, readParked } from './queries.ts';
import { readReplays, type RunningReplay } from './replay-queries.ts';
import type { Signers } from './signers.ts';

export interface CourseLoaderOptions {
  readonly database: Database;
  /** What signs for them. */
  readonly signers: Pick<Signers, 'load'>;
}

/** What a course's receiver has not got. */
export interface CourseDetails {
  /** Event ids of unsettled dead letters by order key. */
  readonly missing: Map<string, Missing>;
  /** Dead letters of it are to be sent again. */
  asked: boolean;
  /** The replay that runs for it. */
  replay: RunningReplay | undefined;
  /** What its maker had asked for about dead letters and replays when that was last looked at. */
  recovery: number;
}

/** Makes courses of subscriptions, with all that the database knows of them. */
export class CourseLoader {
  readonly tally: Tally = { open: 0, prompt: 0, behind: 0 };
  readonly #options: CourseLoaderOptions;
  readonly #details = new WeakMap<Course, CourseDetails>();

  constructor(options: CourseLoaderOptions) {
    this.#options = options;
  }

  detailsOf(course: Course): CourseDetails {
    const details = this.#details.get(course);
    if (!details) throw new Error('a course without details');
    return details;
  }

  async load(
    subscriptions: readonly Subscription[],
    lanes: ReadonlyMap<number, HeldLane>,
  ): Promise<Course[]> {
    if (subscriptions.length === 0) return [];
    const { database, signers } = this.#options;
    const ids = subscriptions.map((one) => one.id);
    const [own, parked, missing, breakers, asking, replays] = await Promise.all([
      readOwnPositions(database, ids),
      readParked(database, ids),
      readMissing(database, ids),
      readBreakers(database, ids, monotonic()),
      readAsking(database, ids),
      readReplays(database, ids),
    ]);
    const courses = subscriptions.map((subscription) => {
      const course = this.#make(subscription, own.get(subscription.id), lanes);
      course.health = breakers.get(subscription.id) ?? SOUND;
      const { id, recovery } = subscription;
      this.#details.set(course, {
        ...{ missing: new Map(), asked: asking.has(id), replay: replays.get(id), recovery },
      });
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

  /** Where the database has it, or where it has been sent since. */
  #make(subscription: Subscription, own: number | undefined, lanes: ReadonlyMap<number, HeldLane>): Course {
    const { seek, lane, startPosition } = subscription;
    const position = seek?.position ?? own ?? lanes.get(lane)?.cursor ?? startPosition;
    const joined = own === undefined && seek === null;
    const course = new Course(subscription, { position, joined, tally: this.tally });
    course.sought = seek?.number;
    return course;
  }
}

function toParked(row: ParkedRow, now: number): Parked {
  return {
    orderKey: row.order_key,
    resource: row.resource,
    resourceInstance: row.resource_instance,
    // Settled while nobody held its lane: the dialog goes on behind it.
    head: Number(row.head) + (row.letter_settled ? 1 : 0),
    attempt: row.attempt,
    dueAt: now + Math.max(0, Number(row.wait_ms)),
    cause: row.cause,
    draining: false,
    held: row.held && row.letter_settled === false,
    ...(row.held && row.letter_settled !== false && { attempt: 0 }),
  };
}

/** What a dialog's receiver has not got. */
export function toMissing({ ids, sources, count }: MissingRow): Missing {
  return { first: ids.map((id, index) => messageIdOf({ id, source: sources[index] ?? '' })), count };
}
