import { type Queries, sql, type Transaction } from '../db/database.ts';

/** Secrets of one subscription that sign at the same time. */
export const SECRETS_MOST = 3;

const INSERT_SECRET = sql(
  'subscriptions.insert-secret',
  `INSERT INTO subscription_secret (subscription, number, sealed)
   SELECT $1, n.number, $2 FROM generate_series(1, $3) n (number)
    WHERE NOT EXISTS (SELECT FROM subscription_secret o WHERE o.subscription = $1 AND o.number = n.number)
    ORDER BY n.number LIMIT 1 RETURNING number`,
);

/** False when there are as many as may be. */
export async function insertSecret(queries: Queries, id: number, sealed: Uint8Array): Promise<boolean> {
  return (await queries.query(INSERT_SECRET, [id, sealed, SECRETS_MOST])).length > 0;
}

const TOUCH = sql(
  'subscriptions.touch',
  `UPDATE subscription SET version = bump_version('subscription')
    WHERE id = $1 AND deleted_at IS NULL RETURNING lane, version`,
);
const LIMIT_SECRETS = sql(
  'subscriptions.limit-secrets',
  `UPDATE subscription_secret SET expires_at = least(expires_at, clock_timestamp() + $2 * interval '1 millisecond')
    WHERE subscription = $1 RETURNING expires_at AS "expiresAt"`,
);
const DELETE_EXPIRED = sql(
  'subscriptions.delete-expired',
  'DELETE FROM subscription_secret WHERE subscription = $1 AND expires_at <= clock_timestamp()',
);

/**
 * Lets the secrets of a subscription sign for so many milliseconds more at most, and says when the last of them ends, in
 * wire time; undefined when the subscription is not there.
 */
export async function limitSecrets(
  transaction: Transaction,
  id: number,
  inMs: number,
): Promise<{ lane: number; version: number; expiresAt: string } | undefined> {
  const [row] = await transaction.query<{ lane: number; version: string }>(TOUCH, [id]);
  if (!row) return undefined;
  const former = await transaction.query<{ expiresAt: string }>(LIMIT_SECRETS, [id, inMs]);
  await transaction.query(DELETE_EXPIRED, [id]);
  const expiresAt = former.map((one) => one.expiresAt).reduce((one, other) => (one > other ? one : other));
  return { lane: row.lane, version: Number(row.version), expiresAt };
}

const SECRETS = sql(
  'subscriptions.secrets',
  `SELECT subscription, sealed, extract(epoch FROM expires_at - clock_timestamp())::float8 * 1000 AS "expiresInMs"
     FROM subscription_secret
    WHERE subscription = ANY ($1::integer[]) AND (expires_at IS NULL OR expires_at > clock_timestamp())
    ORDER BY subscription, created_at DESC`,
);

export interface SealedSecret {
  readonly subscription: number;
  readonly sealed: Uint8Array;
  /** Null unless another one has followed it. */
  readonly expiresInMs: number | null;
}

/** The sealed secrets that sign for these subscriptions, newest first. */
export async function sealedSecrets(queries: Queries, ids: readonly number[]): Promise<SealedSecret[]> {
  return queries.query(SECRETS, [ids]);
}
