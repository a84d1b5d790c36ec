import { type Queries, type Session, sql } from '../db/database.ts';

/** A part of the log that lies behind the head and can no longer grow. */
export interface ClosedPartition {
  readonly name: string;
  /** Its highest position; null when it holds nothing. */
  readonly last: number | null;
  /** Its newest event is older than retention. */
  readonly isPassed: boolean;
  /** A detachment of it was begun and not finished. */
  readonly isHalfDetached: boolean;
}

const AGE = sql(
  'events.partition-age',
  `SELECT partition_of(s.last_value) AS number,
          (SELECT e.appended_at < now() - make_interval(days => $1) FROM event e
            WHERE e.position > (partition_of(s.last_value)::bigint << 32) ORDER BY e.position LIMIT 1) AS "isOld"
     FROM event_position s`,
);

/** The number of the partition that is written, and whether its first event is older than so many days. */
export async function partitionInUse(
  queries: Queries,
  days: number,
): Promise<{ readonly number: number; readonly isOld: boolean }> {
  const [row] = await queries.query<{ number: number; isOld: boolean | null }>(AGE, [days]);
  return { number: row!.number, isOld: row!.isOld ?? false };
}

const CUT = sql('events.cut', 'SELECT cut_log($1)');

/** Ends a partition: what is appended from now on goes to the next one. */
export async function cut(queries: Queries, number: number): Promise<void> {
  await queries.query(CUT, [number]);
}

const ENSURE = sql('events.ensure-partitions', 'SELECT ensure_partitions($1)');

export async function ensurePartitions(queries: Queries, upTo: number): Promise<void> {
  await queries.query(ENSURE, [upTo]);
}

const AHEAD = sql(
  'events.partitions-ahead',
  `SELECT count(*)::integer AS ahead FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid, event_position s
    WHERE i.inhparent = 'event'::regclass AND substring(c.relname FROM '\\d+$')::integer > partition_of(s.last_value)`,
);

/** How many partitions lie ready beyond the one that is written. */
export async function partitionsAhead(queries: Queries): Promise<number> {
  const [row] = await queries.query<{ ahead: number }>(AHEAD);
  return row!.ahead;
}

const HORIZON = sql('events.horizon', 'SELECT h.horizon FROM log_horizon() h');
const CLOSED = sql(
  'events.closed-partitions',
  `SELECT p.name, p.half AS "isHalfDetached", l.position::float8 AS last,
          coalesce(l.appended_at < now() - make_interval(days => $2), true) AS "isPassed"
     FROM (SELECT c.relname AS name, substring(c.relname FROM '\\d+$')::bigint AS number, i.inhdetachpending AS half
             FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'event'::regclass) p
     LEFT JOIN LATERAL (SELECT e.position, e.appended_at FROM event e
                         WHERE e.position >= p.number << 32 AND e.position < (p.number + 1) << 32
                         ORDER BY e.position DESC LIMIT 1) l ON NOT p.half
    WHERE (p.number + 1) << 32 <= $1
    ORDER BY p.number`,
);

/**
 * The partitions that lie wholly at or below the horizon, in order. The horizon is read by a statement of its own: with
 * the newer snapshot of the second, no partition looks emptier than it is.
 */
export async function closedPartitions(queries: Queries, retentionDays: number): Promise<ClosedPartition[]> {
  const [row] = await queries.query<{ horizon: string }>(HORIZON);
  return queries.query<ClosedPartition>(CLOSED, [row!.horizon, retentionDays]);
}

const DETACHED = sql(
  'events.detached-partitions',
  `SELECT c.relname AS name FROM pg_class c
    WHERE c.relname ~ '^event_p\\d+$' AND c.relkind = 'r' AND NOT c.relispartition
      AND c.relnamespace = (SELECT l.relnamespace FROM pg_class l WHERE l.oid = 'event'::regclass)`,
);

/** Partitions that are detached and still there. */
export async function detachedPartitions(queries: Queries): Promise<string[]> {
  return (await queries.query<{ name: string }>(DETACHED)).map(({ name }) => name);
}

/** How long a lock may be waited for: while one is waited for, others queue behind it. */
const BRIEFLY = '100ms';
/** How long transactions that may still use a partition are waited for. Nobody queues behind that. */
const PATIENTLY = '10s';

const LOCK_LIMIT = sql('events.lock-limit', `SELECT set_config('lock_timeout', $1, false)`);

/** From now on the session gives up what it cannot lock within a moment. */
export async function hurry(session: Session): Promise<void> {
  await session.query(LOCK_LIMIT, [BRIEFLY]);
}

/**
 * Takes a partition out of the log. First it is only marked, and whoever plans a statement from then on leaves it out;
 * when all who may use it are done, it is detached. An interruption leaves it marked, to be finished another time.
 */
export async function detach(session: Session, { name, isHalfDetached }: ClosedPartition): Promise<void> {
  await session.query(LOCK_LIMIT, [PATIENTLY]);
  try {
    const how = isHalfDetached ? 'FINALIZE' : 'CONCURRENTLY';
    await session.query(sql('', `ALTER TABLE event DETACH PARTITION ${name} ${how}`));
  } finally {
    await hurry(session);
  }
}

/** Drops a partition that is detached, unless it holds something beyond the position. */
export async function dropDetached(session: Session, name: string, upTo: number): Promise<boolean> {
  const [row] = await session.query<{ isOver: boolean }>(
    sql('', `SELECT EXISTS (SELECT FROM ${name} e WHERE e.position > $1) AS "isOver"`),
    [upTo],
  );
  if (row!.isOver) return false;
  await session.query(sql('', `DROP TABLE ${name}`));
  return true;
}
