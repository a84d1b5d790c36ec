import { type Queries, sql } from './database.ts';

/** A row of `due_work` that has been taken. */
export interface DueRow {
  readonly kind: string;
  readonly key: string;
  readonly payload: unknown;
  /** How often it has been taken, this time included. */
  readonly attempt: number;
  /** Wire time at which it falls due again unless it is completed or postponed. */
  readonly leasedUntil: string;
}

// The time of the next work is asked of the same snapshot, in which what is taken here is still due and so not next.
const CLAIM = sql(
  'due.claim',
  `WITH due AS (
     SELECT w.kind, w.key, w.due_at FROM due_work w WHERE w.due_at <= now() AND w.kind = ANY ($1)
      ORDER BY w.due_at LIMIT $2 FOR UPDATE SKIP LOCKED
   ), claimed AS (
     UPDATE due_work w SET due_at = clock_timestamp() + $3 * interval '1 millisecond',
            attempt = least(w.attempt + 1, 10000)
       FROM due d WHERE w.kind = d.kind AND w.key = d.key
     RETURNING w.kind, w.key, w.payload, w.attempt, w.due_at AS "leasedUntil"
   )
   SELECT c.*, NULL::float8 AS "nextInMs" FROM claimed c
   UNION ALL
   SELECT NULL, NULL, NULL, NULL, NULL,
          (SELECT extract(epoch FROM min(w.due_at) - clock_timestamp()) * 1000 FROM due_work w
            WHERE w.due_at > now() AND w.kind = ANY ($1))`,
);

/** Takes work that is due, the longest due first, until the lease ends; and tells when the next falls due, if any does. */
export async function claimDue(
  queries: Queries,
  request: { readonly kinds: readonly string[]; readonly most: number; readonly leaseMs: number },
): Promise<{ readonly rows: DueRow[]; readonly nextInMs: number | undefined }> {
  const found = await queries.query<DueRow & { readonly nextInMs: number | null }>(CLAIM, [
    request.kinds,
    request.most,
    request.leaseMs,
  ]);
  const nextInMs = found.at(-1)?.nextInMs ?? undefined;
  return { rows: found.slice(0, -1), nextInMs };
}

const COMPLETE = sql('due.complete', 'DELETE FROM due_work WHERE kind = $1 AND key = $2 AND due_at = $3');

/** The work is done; unless it was planned anew meanwhile, it goes. */
export async function completeDue(queries: Queries, row: DueRow): Promise<void> {
  await queries.query(COMPLETE, [row.kind, row.key, row.leasedUntil]);
}

const POSTPONE = sql(
  'due.postpone',
  `UPDATE due_work SET due_at = clock_timestamp() + $4 * interval '1 millisecond'
    WHERE kind = $1 AND key = $2 AND due_at = $3`,
);

/** The work is to be tried again in so many milliseconds, unless it was planned anew meanwhile. */
export async function postponeDue(queries: Queries, row: DueRow, inMs: number): Promise<void> {
  await queries.query(POSTPONE, [row.kind, row.key, row.leasedUntil, inMs]);
}
