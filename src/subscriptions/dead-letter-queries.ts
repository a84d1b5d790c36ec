import { type Queries, sql, type Transaction } from '../db/database.ts';
import type { Changed } from './state-queries.ts';

export interface DeadLetterRow {
  readonly position: string;
  readonly event_id: string;
  readonly source: string;
  readonly type: string;
  readonly resource: string;
  readonly resource_instance: string | null;
  readonly attempts: number;
  readonly cause: string;
  readonly died_at: string;
  readonly asked_at: string | null;
  readonly expires_at: string;
}

const LIST = sql(
  'subscriptions.dead-letters',
  `SELECT position, event_id, bytes::json ->> 'source' AS source, type, resource, resource_instance, attempts, cause,
          died_at, asked_at, expires_at
     FROM dead_letter WHERE subscription = $1 AND settled_at IS NULL AND position > $2 ORDER BY position LIMIT $3`,
);

/** Dead letters of a subscription that are not settled, after a position, in the order of the log. Times are wire times. */
export async function listDeadLetters(
  queries: Queries,
  id: number,
  page: { readonly after: number; readonly most: number },
): Promise<DeadLetterRow[]> {
  return queries.query<DeadLetterRow>(LIST, [id, page.after, page.most]);
}

// The subscription's row first, as with every change of one.
const ASKED = sql(
  'subscriptions.asked-about-letters',
  `UPDATE subscription SET recovery = recovery + 1, version = bump_version('subscription')
    WHERE id = $1 AND deleted_at IS NULL RETURNING lane, version`,
);
const CHOSEN = `subscription = $1 AND settled_at IS NULL AND position = ANY (ARRAY(SELECT position FROM dead_letter
     WHERE subscription = $1 AND settled_at IS NULL AND ($2::bigint[] IS NULL OR position = ANY ($2))
     ORDER BY position LIMIT $3))`;
const RETRY = sql(
  'subscriptions.retry-letters',
  `WITH chosen AS (UPDATE dead_letter SET asked_at = coalesce(asked_at, clock_timestamp()) WHERE ${CHOSEN} RETURNING 1)
   SELECT count(*)::integer AS count FROM chosen`,
);
const DISCARD = sql(
  'subscriptions.discard-letters',
  `WITH chosen AS (UPDATE dead_letter SET settled_at = clock_timestamp(), asked_at = NULL WHERE ${CHOSEN} RETURNING 1)
   SELECT count(*)::integer AS count FROM chosen`,
);

export interface Chosen {
  readonly what: 'retry' | 'discard';
  /** Null chooses all. */
  readonly positions: readonly number[] | null;
  readonly most: number;
}

/**
 * Asks for dead letters to be sent again, or settles them unsent: those at these positions, the oldest first, and tells
 * the owner of the lane. Undefined when the subscription is not there.
 */
export async function chooseDeadLetters(
  transaction: Transaction,
  id: number,
  { what, positions, most }: Chosen,
): Promise<(Changed & { readonly count: number }) | undefined> {
  const [changed] = await transaction.query<{ lane: number; version: string }>(ASKED, [id]);
  if (!changed) return undefined;
  const statement = what === 'retry' ? RETRY : DISCARD;
  const [row] = await transaction.query<{ count: number }>(statement, [id, positions, most]);
  return { lane: changed.lane, version: Number(changed.version), count: row?.count ?? 0 };
}
