import type { Identity } from '../access/ports.ts';
import { type Queries, sql, type Transaction } from '../db/database.ts';
import type { AskedManner, Exhaustion, Format, Order, Signing } from './manner.ts';
import type { Subscription, SubscriptionFilter } from './subscription.ts';

/** What `toSubscription` reads. */
export const COLUMNS = `s.id, s.lane, s.endpoint, s.resource_filter, s.subject_filter, s.source_filter, s.type_filter,
  s.include_subunits, s.consumer, s.created_by, s.identity, s.created_at, s.validated, s.handshake_attempt,
  extract(epoch FROM s.handshake_at - clock_timestamp()) * 1000 AS handshake_in_ms, s.state, s.state_reason,
  s.start_position, s.ordering, s.retry_schedule, s.format, s.signing, s.deleted_at, s.version,
  s.on_exhausted, s.recovery,
  CASE WHEN s.seek_number > s.seek_done THEN s.seek_position END AS seek_position, s.seek_number`;

/** A row of `subscription` as COLUMNS selects it. */
export interface SubscriptionRow {
  readonly id: number;
  readonly lane: number;
  readonly endpoint: string;
  readonly resource_filter: string;
  readonly subject_filter: string | null;
  readonly source_filter: string | null;
  readonly type_filter: string | null;
  readonly include_subunits: boolean;
  readonly consumer: string;
  readonly created_by: string;
  readonly identity: Identity;
  readonly created_at: string;
  readonly validated: boolean;
  readonly handshake_attempt: number;
  readonly handshake_in_ms: string | null;
  readonly state: 'active' | 'paused' | 'disabled';
  readonly state_reason: string | null;
  readonly seek_number: number;
  readonly seek_position: string | null;
  readonly start_position: string;
  readonly ordering: Order;
  readonly on_exhausted: Exhaustion;
  readonly recovery: number;
  readonly retry_schedule: readonly number[] | null;
  readonly format: Format;
  readonly signing: Signing;
  readonly deleted_at: string | null;
  readonly version: string;
}

export function toSubscription(row: SubscriptionRow): Subscription {
  return {
    id: row.id,
    lane: row.lane,
    endpoint: row.endpoint,
    resourceFilter: row.resource_filter,
    subjectFilter: row.subject_filter,
    sourceFilter: row.source_filter,
    typeFilter: row.type_filter,
    includeSubunits: row.include_subunits,
    consumer: row.consumer,
    createdBy: row.created_by,
    identity: row.identity,
    created: row.created_at,
    validated: row.validated,
    handshakeAttempt: row.handshake_attempt,
    handshakeInMs: row.handshake_in_ms === null ? null : Math.max(0, Number(row.handshake_in_ms)),
    state: row.state,
    stateReason: row.state_reason,
    seek:
      row.seek_position === null ? null : { number: row.seek_number, position: Number(row.seek_position) },
    startPosition: Number(row.start_position),
    ordering: row.ordering,
    onExhausted: row.on_exhausted,
    recovery: row.recovery,
    retrySchedule: row.retry_schedule,
    format: row.format,
    signing: row.signing,
    deleted: row.deleted_at !== null,
    version: Number(row.version),
  };
}

const GET = sql(
  'subscriptions.get',
  `SELECT ${COLUMNS} FROM subscription s WHERE s.id = $1 AND s.deleted_at IS NULL`,
);

export async function getSubscription(queries: Queries, id: number): Promise<Subscription | undefined> {
  const [row] = await queries.query<SubscriptionRow>(GET, [id]);
  return row && toSubscription(row);
}

const LIST = sql(
  'subscriptions.list',
  `SELECT ${COLUMNS} FROM subscription s WHERE s.consumer = $1 AND s.deleted_at IS NULL ORDER BY s.id LIMIT $2`,
);

export async function listSubscriptions(
  queries: Queries,
  consumer: string,
  most: number,
): Promise<Subscription[]> {
  return (await queries.query<SubscriptionRow>(LIST, [consumer, most])).map(toSubscription);
}

const COUNT = sql(
  'subscriptions.count',
  'SELECT count(*)::integer AS count FROM subscription s WHERE s.consumer = $1 AND s.deleted_at IS NULL',
);

export async function countSubscriptions(queries: Queries, consumer: string): Promise<number> {
  const [row] = await queries.query<{ count: number }>(COUNT, [consumer]);
  return row?.count ?? 0;
}

export interface NewSubscription extends SubscriptionFilter, AskedManner {
  readonly consumer: string;
  readonly identity: Identity;
  readonly fingerprint: Uint8Array;
}

// Without a lock: every statement that changes a subscription locks the version first and its row second, and whoever
// held the row before would stop all of them.
const TWIN = sql(
  'subscriptions.twin',
  'SELECT s.id FROM subscription s WHERE s.fingerprint = $1 AND s.deleted_at IS NULL',
);
// It begins to listen at the end of the log as seen inside its own transaction: what is appended after that comes.
const INSERT = sql(
  'subscriptions.insert',
  `INSERT INTO subscription (endpoint, resource_filter, subject_filter, source_filter, type_filter, include_subunits,
                             consumer, created_by, identity, fingerprint, format, signing, ordering,
                             retry_schedule, on_exhausted, handshake_at, start_position, version)
   SELECT $1, $2, $3, $4, $5, $6, $7, $7, $8, $9, coalesce($10, 'structured'), coalesce($11, 'v1'),
          coalesce($12, 'dialog'), $13, coalesce($14, 'continue'), clock_timestamp(), log_end(0, h.horizon), bump_version('subscription')
     FROM log_horizon() h
   RETURNING id`,
);
const OWN_POSITION = sql(
  'subscriptions.own-position',
  `INSERT INTO own_position (subscription, position, cause)
   SELECT s.id, s.start_position, 'new' FROM subscription s WHERE s.id = $1`,
);
const ASKED_AGAIN = sql(
  'subscriptions.asked-again',
  `UPDATE subscription SET identity = $2, format = coalesce($3, format), signing = coalesce($4, signing),
          retry_schedule = coalesce($5, retry_schedule), on_exhausted = coalesce($6, on_exhausted),
          recovery = recovery + (on_exhausted <> coalesce($6, on_exhausted))::integer,
          handshake_at = CASE WHEN NOT validated THEN clock_timestamp() END,
          handshake_attempt = CASE WHEN validated THEN handshake_attempt ELSE 0 END, version = bump_version('subscription')
    WHERE id = $1 AND (NOT validated OR identity <> $2 OR format <> coalesce($3, format)
                       OR signing <> coalesce($4, signing)
                       OR retry_schedule IS DISTINCT FROM coalesce($5, retry_schedule)
                       OR on_exhausted <> coalesce($6, on_exhausted))`,
);

/**
 * Inserts a subscription, or finds its twin. That one is decided with the identity of this request from now on, whose
 * right has just been judged, is delivered in the manner that this request names, and gets a new handshake unless it is
 * validated. Two requests at once meet at the unique
 * index: the later one fails with SQLSTATE 23505 and may simply be repeated.
 */
export async function insertOrFindTwin(
  transaction: Transaction,
  wanted: NewSubscription,
): Promise<{ id: number; isNew: boolean }> {
  const [twin] = await transaction.query<{ id: number }>(TWIN, [wanted.fingerprint]);
  if (twin) {
    await transaction.query(ASKED_AGAIN, [
      twin.id,
      JSON.stringify(wanted.identity),
      wanted.format,
      wanted.signing,
      wanted.retrySchedule,
      wanted.onExhausted,
    ]);
    return { id: twin.id, isNew: false };
  }
  const [row] = await transaction.query<{ id: number }>(INSERT, [
    wanted.endpoint,
    wanted.resourceFilter,
    wanted.subjectFilter,
    wanted.sourceFilter,
    wanted.typeFilter,
    wanted.includeSubunits,
    wanted.consumer,
    JSON.stringify(wanted.identity),
    wanted.fingerprint,
    wanted.format,
    wanted.signing,
    wanted.ordering,
    wanted.retrySchedule,
    wanted.onExhausted,
  ]);
  if (!row) throw new Error('the subscription was not inserted');
  await transaction.query(OWN_POSITION, [row.id]);
  return { id: row.id, isNew: true };
}

const DELETE = sql(
  'subscriptions.delete',
  `UPDATE subscription SET deleted_at = clock_timestamp(), version = bump_version('subscription')
    WHERE id = $1 AND deleted_at IS NULL RETURNING lane, version`,
);
const DELETE_REST = sql(
  'subscriptions.delete-rest',
  `WITH own AS (DELETE FROM own_position WHERE subscription = $1),
        parked AS (DELETE FROM parked_dialog WHERE subscription = $1),
        broken AS (DELETE FROM breaker WHERE subscription = $1)
   DELETE FROM subscription_secret WHERE subscription = $1`,
);

/** Marks a subscription deleted and drops what it had standing; undefined when it was not there. */
export async function deleteSubscription(
  transaction: Transaction,
  id: number,
): Promise<{ lane: number; version: number } | undefined> {
  const [row] = await transaction.query<{ lane: number; version: string }>(DELETE, [id]);
  if (!row) return undefined;
  await transaction.query(DELETE_REST, [id]);
  return { lane: row.lane, version: Number(row.version) };
}

const VALIDATED = sql(
  'subscriptions.validated',
  `UPDATE subscription SET validated = true, handshake_at = NULL, version = bump_version('subscription')
    WHERE id = $1 AND NOT validated AND deleted_at IS NULL`,
);
const HANDSHAKE_LATER = sql(
  'subscriptions.handshake-later',
  `UPDATE subscription SET handshake_attempt = $2, handshake_at = clock_timestamp() + $3 * interval '1 millisecond',
          version = bump_version('subscription')
    WHERE id = $1 AND NOT validated AND deleted_at IS NULL`,
);

/** The endpoint answered the handshake: events flow from here on. */
export async function markValidated(queries: Queries, id: number): Promise<void> {
  await queries.query(VALIDATED, [id]);
}

/** The endpoint did not answer: the next handshake, in so many milliseconds, or never (null). */
export async function postponeHandshake(
  queries: Queries,
  id: number,
  next: { readonly attempt: number; readonly inMs: number | null },
): Promise<void> {
  await queries.query(HANDSHAKE_LATER, [id, next.attempt, next.inMs]);
}
