import { type Queries, sql } from '../db/database.ts';
import type { Dialog } from './model.ts';

// The lane is the one that a release of the dialog has.
const PLAN = sql(
  'dialogs.plan-expiry',
  `WITH unplanned AS (DELETE FROM due_work WHERE kind = 'expire' AND key = $1 AND $2::timestamptz IS NULL)
   INSERT INTO due_work (kind, key, lane, due_at)
   SELECT 'expire', $1, get_byte(sha256(convert_to($1, 'UTF8')), 0), $2 WHERE $2::timestamptz IS NOT NULL
       ON CONFLICT (kind, key) DO UPDATE SET due_at = excluded.due_at, attempt = 0`,
);

/** Plans the expiry of a dialog, at another time than before or not at all. Goes with the write of `expiresAt`. */
export function planExpiry(
  transaction: Queries,
  { id, expiresAt }: Pick<Dialog, 'id' | 'expiresAt'>,
): Promise<unknown> {
  return transaction.query(PLAN, [id, expiresAt]);
}

const UNPLAN = sql('dialogs.unplan-expiry', `DELETE FROM due_work WHERE kind = 'expire' AND key = $1`);

/** The expiry is told: in the transaction that tells it, so that it is never told twice. */
export function unplanExpiry(transaction: Queries, id: string): Promise<unknown> {
  return transaction.query(UNPLAN, [id]);
}
