import type { Session } from '../db/database.ts';
import type { Log } from '../lib/log.ts';
import {
  type ClosedPartition,
  closedPartitions,
  cut,
  detach,
  detachedPartitions,
  dropDetached,
  ensurePartitions,
  partitionInUse,
} from './partition-queries.ts';
import { moveLogStart, readLogStart } from './retention-queries.ts';

export interface RetentionOptions {
  readonly retentionDays: number;
  /** Milliseconds from the announcement that a part of the log goes until it goes. */
  readonly graceMs: number;
  readonly log: Log;
}

/** A partition takes what is appended in so many days. */
const PARTITION_DAYS = 7;
/** Empty partitions that lie ahead. */
const AHEAD = 2;

/** Begins a new partition each week, and keeps two empty ones ahead. */
export async function movePartitions(session: Session): Promise<void> {
  const { number, isOld } = await partitionInUse(session, PARTITION_DAYS);
  // A cut makes sure of them itself.
  if (isOld) await cut(session, number);
  else await ensurePartitions(session, number + AHEAD);
}

/**
 * Announces what retention has passed: whole partitions whose newest event is older, from the beginning of the log.
 * They go in a later round, when nobody can have begun to read them before the announcement.
 */
export async function announcePassed(session: Session, options: RetentionOptions): Promise<void> {
  const { position } = await readLogStart(session);
  const closed = await closedPartitions(session, options.retentionDays);
  const standing = closed.findIndex(({ isPassed }) => !isPassed);
  const passed = standing < 0 ? closed : closed.slice(0, standing);
  const last = Math.max(position, ...passed.map((partition) => partition.last ?? 0));
  if (last === position) return;
  const expired = await moveLogStart(session, position, last);
  options.log.info({ partitions: passed.map(({ name }) => name), ...expired }, 'retention has passed');
}

/**
 * Drops what was announced, and what an interrupted round left: a partition that is half detached is finished first,
 * for PostgreSQL detaches no other before that.
 */
export async function dropAnnounced(session: Session, options: RetentionOptions): Promise<void> {
  const { position, movedAgoMs } = await readLogStart(session);
  if (movedAgoMs >= options.graceMs) {
    const closed = await closedPartitions(session, options.retentionDays);
    const half = closed.filter(({ isHalfDetached }) => isHalfDetached);
    for (const partition of [...half, ...announced(closed, position)]) await detach(session, partition);
  }
  for (const name of await detachedPartitions(session)) {
    if (await dropDetached(session, name, position)) options.log.info({ name }, 'a partition was dropped');
  }
}

/** From the beginning of the log, the partitions that hold nothing beyond its announced start. */
function announced(closed: readonly ClosedPartition[], start: number): ClosedPartition[] {
  const whole = closed.filter(({ isHalfDetached }) => !isHalfDetached);
  const standing = whole.findIndex(({ last, isPassed }) => !isPassed || (last !== null && last > start));
  return standing < 0 ? whole : whole.slice(0, standing);
}
