import { type Queries, sql } from '../db/database.ts';
import type { BreakerWrite } from './breaker-queries.ts';
import type { Letter, LogEntry, Retried, SettledState } from './unwritten.ts';
import { MISSING_MOST } from './message-id.ts';

const SHARE = sql(
  'delivery.share',
  `SELECT lane, epoch, cursor, standing FROM share_lanes($1, $2 * interval '1 millisecond', $3::json)`,
);

export interface LaneRow {
  readonly lane: number;
  readonly epoch: number;
  readonly cursor: number;
  /** `wanted` is held, and another process waits for it; `claimed` is another's, and this process waits for it. */
  readonly standing: 'held' | 'wanted' | 'given' | 'taken' | 'claimed';
}

/** A lane that is held, and where its cursor may stand. */
export interface LaneHolding {
  readonly lane: number;
  readonly epoch: number;
  readonly cursor: number;
  /** It goes to whoever waits for it. */
  readonly given: boolean;
}

/** Renews what is held, advances its cursors, gives back, takes over what is free and claims what is lacking. */
export async function shareLanes(
  queries: Queries,
  owner: string,
  lease: { readonly ms: number; readonly held: readonly LaneHolding[] },
): Promise<LaneRow[]> {
  const rows = await queries.query<Omit<LaneRow, 'epoch' | 'cursor'> & { epoch: string; cursor: string }>(
    SHARE,
    [owner, lease.ms, JSON.stringify(lease.held)],
  );
  return rows.map((row) => ({ ...row, epoch: Number(row.epoch), cursor: Number(row.cursor) }));
}

const RELEASE = sql(
  'delivery.release',
  `UPDATE lane SET owner = CASE WHEN owner <> $1 THEN owner END,
                   lease_until = CASE WHEN owner <> $1 THEN lease_until ELSE least(lease_until, clock_timestamp()) END,
                   claim_until = CASE WHEN claimant <> $1 THEN claim_until ELSE '-infinity' END
    WHERE owner = $1 OR claimant = $1`,
);

/** Lets go of every lane and every claim, so that other processes may take them at once. */
export async function releaseLanes(queries: Queries, owner: string): Promise<void> {
  await queries.query(RELEASE, [owner]);
}

const OWN_POSITIONS = sql(
  'delivery.own-positions',
  'SELECT subscription, position FROM own_position WHERE subscription = ANY ($1::integer[])',
);

/** Own positions by subscription. */
export async function readOwnPositions(
  queries: Queries,
  ids: readonly number[],
): Promise<Map<number, number>> {
  const rows = await queries.query<{ subscription: number; position: string }>(OWN_POSITIONS, [ids]);
  return new Map(rows.map((row) => [row.subscription, Number(row.position)]));
}

const PARKED = sql(
  'delivery.parked',
  `SELECT subscription, order_key, resource, resource_instance, head, attempt, cause,
          extract(epoch FROM next_at - clock_timestamp()) * 1000 AS wait_ms, held,
          CASE WHEN held THEN (SELECT d.settled_at IS NOT NULL FROM dead_letter d
            WHERE d.subscription = p.subscription AND d.position = p.head) END AS letter_settled
     FROM parked_dialog p WHERE subscription = ANY ($1::integer[])`,
);

interface ParkedColumns {
  readonly subscription: number;
  readonly order_key: string;
  readonly resource: string;
  readonly resource_instance: string | null;
  readonly attempt: number;
  readonly cause: string;
  readonly held: boolean;
}

export interface ParkedRow extends ParkedColumns {
  readonly head: string;
  /** Of one that is held, whether the dead letter at its head is settled; null when there is none any more. */
  readonly letter_settled: boolean | null;
  readonly wait_ms: string;
}

/** A parked dialog as it is written. */
export interface ParkedWrite extends ParkedColumns {
  readonly head: number;
  /** Milliseconds until its next attempt. */
  readonly wait_ms: number;
}

export async function readParked(queries: Queries, ids: readonly number[]): Promise<ParkedRow[]> {
  return queries.query<ParkedRow>(PARKED, [ids]);
}

const OUTCOMES = sql(
  'delivery.outcomes',
  'SELECT subscription, positions FROM outcome WHERE lane = ANY ($1::smallint[])',
);

/** What earlier owners settled above the cursors of these lanes. */
export async function readOutcomes(
  queries: Queries,
  lanes: readonly number[],
): Promise<{ subscription: number; positions: number[] }[]> {
  const rows = await queries.query<{ subscription: number; positions: string[] }>(OUTCOMES, [lanes]);
  return rows.map((row) => ({ subscription: row.subscription, positions: row.positions.map(Number) }));
}

/** Rows of `outcome`: what one subscription settled above its position. */
export interface OutcomeRow {
  readonly lane: number;
  readonly epoch: number;
  readonly subscription: number;
  readonly positions: readonly number[];
  /** The highest of them. */
  readonly highest: number;
  readonly state: SettledState;
}

/** One flush, as the SQL function `settle` takes it. */
export interface SettleBatch {
  readonly lanes: { lane: number; epoch: number; cursor: number }[];
  readonly outcomes: OutcomeRow[];
  readonly own: { subscription: number; position: number; cause: string }[];
  readonly joined: { subscription: number; lane: number; position: number }[];
  readonly parked: ParkedWrite[];
  readonly unparked: { subscription: number; order_key: string }[];
  readonly dead: Letter[];
  readonly log: LogEntry[];
  readonly breakers: BreakerWrite[];
  /** Subscriptions whose endpoint is sound again. */
  readonly sound: { subscription: number }[];
  /** Subscriptions that stand where they were sent to. */
  readonly sought: { subscription: number; number: number }[];
  /** Dead letters that were sent again. */
  readonly letters: Retried[];
}

/** A flush that changes nothing. */
export const NOTHING: SettleBatch = {
  ...{ lanes: [], outcomes: [], own: [], joined: [], parked: [], unparked: [], dead: [], log: [] },
  ...{ breakers: [], sound: [], sought: [], letters: [] },
};

const SETTLE = sql('delivery.settle', 'SELECT settle($1, $2, $3::json)');
const SETTLE_MORE = sql('delivery.settle-more', 'SELECT settle_more($1, $2, $3::json, $4::json)');

/** SQLSTATE of a flush that names a lane which another process owns. */
export const LANE_LOST = 'BK001';

export async function settle(
  queries: Queries,
  owner: string,
  flush: { readonly letterDays: number; readonly batch: SettleBatch },
): Promise<void> {
  const { breakers, sound, sought, letters, ...batch } = flush.batch;
  const values = [owner, flush.letterDays, JSON.stringify(batch)];
  const more = { breakers, sound, sought, letters };
  const isMore = Object.values(more).some((rows) => rows.length > 0);
  if (isMore) await queries.query(SETTLE_MORE, [...values, JSON.stringify(more)]);
  else await queries.query(SETTLE, values);
}

const MISSING = sql(
  'delivery.missing',
  `SELECT subscription, order_key, count(*)::integer AS count,
          (array_agg(event_id ORDER BY position))[1:$2] AS ids,
          (array_agg(bytes::json ->> 'source' ORDER BY position))[1:$2] AS sources
     FROM dead_letter WHERE settled_at IS NULL AND subscription = ANY ($1::integer[])
    GROUP BY subscription, order_key`,
);

export interface MissingRow {
  readonly subscription: number;
  readonly order_key: string;
  readonly count: number;
  readonly ids: readonly string[];
  readonly sources: readonly string[];
}

/** Dead letters that are not settled, by subscription and order key: what follows in the dialog names the first. */
export async function readMissing(queries: Queries, ids: readonly number[]): Promise<MissingRow[]> {
  return queries.query(MISSING, [ids, MISSING_MOST]);
}

const TRIM_LOG = sql(
  'delivery.trim-log',
  `DELETE FROM delivery_log WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM delivery_log WHERE at < clock_timestamp() - $1 * interval '1 day' LIMIT $2))`,
);

/** Deletes delivery-log rows older than so many days, at most so many at a time. */
export async function trimDeliveryLog(queries: Queries, days: number, most: number): Promise<void> {
  await queries.query(TRIM_LOG, [days, most]);
}
