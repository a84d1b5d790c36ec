import { type Queries, sql, type Transaction } from '../db/database.ts';

/** What has changed about a subscription, for those who must take it in. */
export interface Changed {
  readonly lane: number;
  readonly version: number;
}

const PAUSE = sql(
  'subscriptions.pause',
  `UPDATE subscription SET state = 'paused', state_reason = 'consumer', version = bump_version('subscription')
    WHERE id = $1 AND state = 'active' AND deleted_at IS NULL RETURNING lane, version`,
);

/** Pauses a subscription; undefined when it was not active. */
export async function pauseSubscription(queries: Queries, id: number): Promise<Changed | undefined> {
  return toChanged(await queries.query<ChangedRow>(PAUSE, [id]));
}

// Whoever lets a subscription go on says that its endpoint is there.
const SOUND = sql('subscriptions.sound', 'DELETE FROM breaker WHERE subscription = $1');
const GO_ON = sql(
  'subscriptions.go-on',
  `UPDATE subscription SET state = 'active', state_reason = NULL, version = bump_version('subscription')
    WHERE id = $1 AND deleted_at IS NULL RETURNING lane, version`,
);
const SEEK = sql(
  'subscriptions.seek',
  `UPDATE subscription SET state = 'active', state_reason = NULL, version = bump_version('subscription'),
          seek_number = seek_number + 1,
          seek_position = coalesce($2, (SELECT log_end(0, h.horizon) FROM log_horizon() h))
    WHERE id = $1 AND deleted_at IS NULL RETURNING lane, version`,
);

/** Lets a subscription go on where it stood; undefined when it is not there. */
export async function resumeSubscription(transaction: Transaction, id: number): Promise<Changed | undefined> {
  const changed = toChanged(await transaction.query<ChangedRow>(GO_ON, [id]));
  await transaction.query(SOUND, [id]);
  return changed;
}

/** Lets a subscription go on from a position, or from the end of the log as of now; undefined when it is not there. */
export async function seekSubscription(
  transaction: Transaction,
  id: number,
  position: number | 'now',
): Promise<Changed | undefined> {
  const values = [id, position === 'now' ? null : position];
  const changed = toChanged(await transaction.query<ChangedRow>(SEEK, values));
  await transaction.query(SOUND, [id]);
  return changed;
}

interface ChangedRow {
  readonly lane: number;
  readonly version: string;
}

function toChanged([row]: ChangedRow[]): Changed | undefined {
  return row && { lane: row.lane, version: Number(row.version) };
}

const STANDING = sql(
  'subscriptions.standing',
  `SELECT coalesce(o.position, l.cursor) AS position,
          (SELECT e.appended_at FROM event e WHERE e.resource = s.resource_filter
              AND e.position > coalesce(o.position, l.cursor) ORDER BY e.position LIMIT 1) AS waiting_since,
          b.phase, b.because, b.since, b.next_at, p.dialogs, p.held, p.next_attempt, d.letters
     FROM subscription s JOIN lane l ON l.lane = s.lane
     LEFT JOIN own_position o ON o.subscription = s.id
     LEFT JOIN breaker b ON b.subscription = s.id
    CROSS JOIN LATERAL (SELECT count(*)::integer AS dialogs, (count(*) FILTER (WHERE held))::integer AS held,
                               min(next_at) FILTER (WHERE NOT held) AS next_attempt
                          FROM parked_dialog WHERE subscription = s.id) p
    CROSS JOIN LATERAL (SELECT count(*)::integer AS letters
                          FROM dead_letter WHERE subscription = s.id AND settled_at IS NULL) d
    WHERE s.id = $1`,
);

export interface StandingRow {
  readonly position: string;
  readonly waiting_since: string | null;
  readonly phase: 'held' | 'recovering' | null;
  readonly because: 'failing' | 'asked' | 'gone' | null;
  readonly since: string | null;
  readonly next_at: string | null;
  readonly dialogs: number;
  readonly held: number;
  readonly next_attempt: string | null;
  readonly letters: number;
}

/** How far a subscription has come and what it waits for. Times are wire times. */
export async function readStanding(queries: Queries, id: number): Promise<StandingRow | undefined> {
  return (await queries.query<StandingRow>(STANDING, [id]))[0];
}
