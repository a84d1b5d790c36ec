import { type Queries, sql } from '../db/database.ts';

/** What waits to be delivered, over all processes. */
export interface Backlog {
  /** By what subscriptions are: active, paused, disabled, or not validated yet. */
  readonly states: readonly BacklogOfState[];
  readonly deadLetters: number;
  /** Shares of the subscriptions that no living process has taken. */
  readonly lanesWithoutOwner: number;
}

export interface BacklogOfState {
  readonly state: 'active' | 'paused' | 'disabled' | 'unvalidated';
  readonly subscriptions: number;
  readonly parkedDialogs: number;
  /** Age in seconds of the oldest event that waits; 0 when none does. */
  readonly oldestSeconds: number;
}

/** Subscriptions that are behind, whose next event is looked up: those furthest behind, of each state. */
const LOOKED_UP = 100;

/**
 * The oldest event that waits is the head of a parked dialog or the next one of a subscription that is read for alone.
 * What comes after a position is found by (resource, position), so each look is one step down an index.
 */
const BACKLOG = sql(
  'delivery.backlog',
  `WITH known AS (SELECT s.id, CASE WHEN s.validated THEN s.state ELSE 'unvalidated' END AS state, s.resource_filter,
                         s.subject_filter
                    FROM subscription s WHERE s.deleted_at IS NULL),
        parked AS (SELECT k.state, count(*)::int AS dialogs, min(p.head) AS head
                     FROM parked_dialog p JOIN known k ON k.id = p.subscription GROUP BY k.state),
        behind AS (SELECT k.*, o.position, row_number() OVER (PARTITION BY k.state ORDER BY o.position) AS place
                     FROM own_position o JOIN known k ON k.id = o.subscription),
        next AS (SELECT b.state, min(e.appended_at) AS at
                   FROM behind b,
                LATERAL (SELECT e.appended_at FROM event e
                          WHERE e.resource = b.resource_filter AND e.position > b.position
                            AND (b.subject_filter IS NULL OR e.subject = b.subject_filter)
                          ORDER BY e.resource, e.position LIMIT 1) e
                  WHERE b.place <= ${LOOKED_UP} GROUP BY b.state)
   SELECT c.state, c.count::int AS subscriptions, coalesce(p.dialogs, 0) AS "parkedDialogs",
          greatest(0, extract(epoch FROM clock_timestamp() -
            least(n.at, (SELECT e.appended_at FROM event e WHERE e.position = p.head))))::float8 AS "oldestSeconds"
     FROM (SELECT k.state, count(*) FROM known k GROUP BY k.state) c
     LEFT JOIN parked p ON p.state = c.state
     LEFT JOIN next n ON n.state = c.state`,
);

const COUNTS = sql(
  'delivery.backlog-counts',
  `SELECT (SELECT count(*)::int FROM dead_letter WHERE settled_at IS NULL) AS "deadLetters",
          (SELECT count(*)::int FROM lane WHERE lease_until < clock_timestamp()) AS "lanesWithoutOwner"`,
);

/** Looks, without taking part: for metrics and for whoever asks how far behind deliveries are. */
export async function readBacklog(queries: Queries): Promise<Backlog> {
  const [states, [counts]] = await Promise.all([
    queries.query<Omit<BacklogOfState, 'oldestSeconds'> & { oldestSeconds: number | null }>(BACKLOG),
    queries.query<Pick<Backlog, 'deadLetters' | 'lanesWithoutOwner'>>(COUNTS),
  ]);
  return { ...counts!, states: states.map((row) => ({ ...row, oldestSeconds: row.oldestSeconds ?? 0 })) };
}
