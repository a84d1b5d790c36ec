import { type Queries, sql, type Transaction } from '../../db/database.ts';
import type { KeyAlgorithm, KeyPurpose, SealedKey, SigningKey } from './signing-key.ts';

/** A row with its times. `activeFrom` is `infinity` for a key that stands by: published, without a date. */
export interface KeyRow extends SealedKey {
  readonly activeFrom: string;
}

/** What may be shown of a key; nothing of it is secret. */
export interface KeyMetadata {
  readonly kid: string;
  readonly purpose: KeyPurpose;
  readonly algorithm: KeyAlgorithm;
  /** next: stands by. scheduled: has a date. current: signs. previous: still accepted. retired: no longer. */
  readonly state: 'next' | 'scheduled' | 'current' | 'previous' | 'retired';
  readonly createdAt: string;
  /** Null while it stands by. */
  readonly activeFrom: string | null;
  /** May lie ahead: a key that has a successor ends 48 hours after that one begins. */
  readonly retiredAt: string | null;
}

// The class 17 of two-integer advisory locks is the signing keys'.
const LOCK = sql('access.keys.lock', 'SELECT pg_advisory_xact_lock(17, 1)');

/** Until the end of the transaction nobody else makes or rotates keys. */
export async function lockKeys(transaction: Transaction): Promise<void> {
  await transaction.query(LOCK);
}

const ACCEPTED = sql(
  'access.keys.accepted',
  `SELECT kid, purpose, algorithm, sealed, active_from AS "activeFrom" FROM signing_key
   WHERE purpose = ANY ($1) AND (retired_at IS NULL OR retired_at > clock_timestamp())
   ORDER BY active_from, created_at`,
);

/** Keys whose signatures count, in the order in which they sign. */
export function acceptedKeys(queries: Queries, purposes: readonly KeyPurpose[]): Promise<KeyRow[]> {
  return queries.query<KeyRow>(ACCEPTED, [purposes]);
}

const INSERT = sql(
  'access.keys.insert',
  `INSERT INTO signing_key (kid, purpose, algorithm, public_key, sealed, active_from)
   VALUES ($1, $2, $3, $4, $5, CASE $6::text
     WHEN 'now' THEN clock_timestamp() WHEN 'noticed' THEN clock_timestamp() + interval '48 hours'
     ELSE 'infinity' END)`,
);

/** When a new key begins to sign: at once, after its 48 hours of notice, or when a rotation gives it a date. */
export type Beginning = 'now' | 'noticed' | 'standing-by';

export async function insertKey(
  transaction: Transaction,
  made: { readonly key: SigningKey; readonly sealed: SealedKey },
  begins: Beginning,
): Promise<void> {
  const { kid, purpose, algorithm, sealed } = made.sealed;
  const publicKey = made.key.publicJwk && JSON.stringify(made.key.publicJwk);
  await transaction.query(INSERT, [kid, purpose, algorithm, publicKey, sealed, begins]);
}

const BEGIN = sql(
  'access.keys.begin',
  `UPDATE signing_key SET active_from = greatest(clock_timestamp(), created_at + interval '48 hours')
   WHERE kid = $1 AND active_from = 'infinity'`,
);

/** Lets a key that stands by sign as soon as it has been published for 48 hours. */
export async function giveDate(transaction: Transaction, kid: string): Promise<void> {
  await transaction.query(BEGIN, [kid]);
}

const RETIRE = sql(
  'access.keys.retire',
  `UPDATE signing_key SET retired_at = successor.active_from + interval '48 hours'
   FROM (SELECT max(active_from) AS active_from FROM signing_key
         WHERE purpose = $1 AND active_from <> 'infinity') AS successor
   WHERE purpose = $1 AND retired_at IS NULL AND signing_key.active_from < successor.active_from`,
);

/** Sets the end of all keys of the purpose that have a successor: 48 hours after it begins. */
export async function retireSuperseded(transaction: Transaction, purpose: KeyPurpose): Promise<void> {
  await transaction.query(RETIRE, [purpose]);
}

const LIST = sql(
  'access.keys.list',
  `SELECT kid, purpose, algorithm, created_at AS "createdAt", nullif(active_from, 'infinity') AS "activeFrom",
     retired_at AS "retiredAt",
     CASE WHEN retired_at <= clock_timestamp() THEN 'retired'
          WHEN active_from = 'infinity' THEN 'next'
          WHEN active_from > clock_timestamp() THEN 'scheduled'
          WHEN active_from = max(active_from) FILTER (WHERE active_from <= clock_timestamp())
            OVER (PARTITION BY purpose) THEN 'current'
          ELSE 'previous' END AS state
   FROM signing_key ORDER BY purpose, signing_key.active_from DESC, created_at DESC`,
);

/** Every key there is, for `budstikka keys list`. Needs no master key. */
export function listKeys(queries: Queries): Promise<KeyMetadata[]> {
  return queries.query<KeyMetadata>(LIST);
}
