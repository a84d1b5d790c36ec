import { type Queries, sql } from '../db/database.ts';

export interface LogStart {
  /** What lies at or below may have been dropped. */
  readonly position: number;
  /** Milliseconds since it was moved there. */
  readonly movedAgoMs: number;
}

const START = sql(
  'events.log-start',
  `SELECT s.position, extract(epoch FROM clock_timestamp() - s.moved_at) * 1000 AS ago FROM log_start s`,
);

/** Up to where the log may have been dropped: a cursor that stands before that position may have lost something. */
export async function readLogStart(queries: Queries): Promise<LogStart> {
  const [row] = await queries.query<{ position: string; ago: string }>(START);
  return { position: Number(row!.position), movedAgoMs: Number(row!.ago) };
}

/** What retention took from subscriptions that had not got it. */
export interface Expired {
  readonly subscriptions: number;
  readonly events: number;
}

// Who had asked for what, as `isAskedFor` of the subscriptions has it. Rights are not asked, because nobody is told
// anything.
const ASKED_FOR = `e.resource = c.resource_filter
  AND (c.subject_filter IS NULL OR e.subject = c.subject_filter
       OR c.include_subunits AND EXISTS (SELECT FROM party p WHERE p.urn = e.subject AND p.belongs_to = c.subject_filter))
  AND CASE WHEN c.type_filter IS NULL THEN NOT starts_with(e.type, 'budstikka.')
           WHEN right(c.type_filter, 1) <> '*' THEN e.type = c.type_filter
           ELSE starts_with(e.type, left(c.type_filter, -1))
                AND (starts_with(c.type_filter, 'budstikka.') OR NOT starts_with(e.type, 'budstikka.')) END
  AND (c.source_filter IS NULL OR starts_with(e.source, regexp_replace(c.source_filter, '([^/]/)[^/]*$', '\\1')))
  AND (e.audience = 'all' OR (e.audience = 'owner') = (e.owner IS NOT DISTINCT FROM c.org_number))`;

// One statement, one transaction: what is lost is counted, everything that waited for it moves on, and the log's start
// with it. An event that is its own order key is parked under `@position`.
const MOVE_START = sql(
  'events.move-log-start',
  `WITH course AS (
     SELECT s.*, s.identity ->> 'orgNumber' AS org_number, coalesce(o.position, l.cursor) AS settled_to
       FROM subscription s JOIN lane l ON l.lane = s.lane LEFT JOIN own_position o ON o.subscription = s.id
      WHERE s.deleted_at IS NULL
   ), lost AS (
     SELECT c.id, e.position FROM course c JOIN event e ON ${ASKED_FOR}
        AND e.position > greatest(c.settled_to, $1) AND e.position <= $2
      WHERE c.settled_to < $2
        AND NOT EXISTS (SELECT FROM outcome o WHERE o.subscription = c.id AND e.position = ANY (o.positions))
     UNION
     SELECT c.id, e.position FROM parked_dialog p JOIN course c ON c.id = p.subscription
       JOIN event e ON e.resource = p.resource AND e.resource_instance = p.resource_instance AND ${ASKED_FOR}
        AND e.position >= p.head AND e.position > $1 AND e.position <= least(c.settled_to, $2)
      WHERE p.head <= $2 AND p.order_key NOT LIKE '@%'
     UNION
     SELECT p.subscription, p.head FROM parked_dialog p WHERE p.head <= $2 AND p.order_key LIKE '@%'
   ), told AS (
     INSERT INTO delivery_log (subscription, state, positions, attempt, cause)
     SELECT l.id, 'expired', (array_agg(l.position ORDER BY l.position))[1:1000], 0,
            format('passed by retention: %s', count(*))
       FROM lost l GROUP BY l.id
   ), moved AS (
     UPDATE own_position SET position = $2 WHERE position < $2
   ), given_up AS (
     DELETE FROM parked_dialog WHERE head <= $2 AND order_key LIKE '@%'
   ), advanced AS (
     UPDATE parked_dialog SET head = $2 + 1, attempt = 0, next_at = clock_timestamp(), cause = 'expired'
      WHERE head <= $2 AND order_key NOT LIKE '@%'
   ), announced AS (
     UPDATE log_start SET position = $2, moved_at = clock_timestamp() WHERE position < $2
   )
   SELECT count(DISTINCT l.id)::integer AS subscriptions, count(*)::integer AS events FROM lost l`,
);

/**
 * Announces that the log up to a position is about to be dropped: from now on older cursors are answered with 410, and
 * deliveries that waited for something up to there are settled as expired, in the delivery log under their positions.
 */
export async function moveLogStart(queries: Queries, from: number, to: number): Promise<Expired> {
  const [expired] = await queries.query<Expired>(MOVE_START, [from, to]);
  return expired!;
}

const NOTE_DAY = sql(
  'events.note-day',
  `INSERT INTO log_day (day, position, access_version)
   SELECT t.day, log_position_at(t.day AT TIME ZONE 'UTC'), v.value
     FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS day) t, version v
    WHERE v.name = 'access' AND NOT EXISTS (SELECT FROM log_day d WHERE d.day = t.day)
       ON CONFLICT DO NOTHING`,
);

/** Notes where today began in the log, unless that has been noted. */
export async function noteDay(queries: Queries): Promise<void> {
  await queries.query(NOTE_DAY);
}

// Of class 1 of the two-integer advisory locks: 0 is taken by whoever migrates, 1 by whoever moves the sequence.
const LEASE = sql('events.lease-housekeeping', 'SELECT pg_try_advisory_lock(1, 2) AS taken');

/** Whether this session has the lease of housekeeping, until it ends. */
export async function takeHousekeeping(queries: Queries): Promise<boolean> {
  const [row] = await queries.query<{ taken: boolean }>(LEASE);
  return row?.taken ?? false;
}
