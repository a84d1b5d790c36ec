import { type Queries, sql, type Transaction } from '../db/database.ts';
import { type Held, type Health, type Recovering, recovering, SOUND } from './health.ts';

/** A row of `breaker` as it is written: times are milliseconds ago and from now. */
export interface BreakerWrite {
  readonly subscription: number;
  readonly phase: 'held' | 'recovering';
  readonly because: Held['because'] | null;
  readonly since_ms: number;
  readonly next_ms: number;
  readonly probes: number;
}

export function toBreakerWrite(subscription: number, health: Held | Recovering, now: number): BreakerWrite {
  if (health.phase === 'recovering')
    return { subscription, phase: 'recovering', because: null, since_ms: 0, next_ms: 0, probes: 0 };
  const { phase, because, since, nextAt, probes } = health;
  return { subscription, phase, because, since_ms: now - since, next_ms: nextAt - now, probes };
}

const BREAKERS = sql(
  'delivery.breakers',
  `SELECT subscription, phase, because, probes, extract(epoch FROM clock_timestamp() - since)::float8 * 1000 AS since_ms,
          extract(epoch FROM next_at - clock_timestamp())::float8 * 1000 AS next_ms
     FROM breaker WHERE subscription = ANY ($1::integer[])`,
);

/** What is known about endpoints that are not sound. A ramp that was interrupted starts again. */
export async function readBreakers(
  queries: Queries,
  ids: readonly number[],
  now: number,
): Promise<Map<number, Health>> {
  const rows = await queries.query<BreakerWrite>(BREAKERS, [ids]);
  return new Map(rows.map((row) => [row.subscription, toHealth(row, now)]));
}

/** What a row says, as of the monotonic time at which it was read. */
export function toHealth({ phase, because, since_ms, next_ms, probes }: BreakerWrite, now: number): Health {
  if (phase === 'recovering') return recovering(1);
  if (because === null) return SOUND;
  return { phase, because, since: now - since_ms, nextAt: now + next_ms, probes };
}

const ANNOUNCE = sql(
  'delivery.announce',
  `UPDATE breaker b SET announced = true
    WHERE b.subscription = $1 AND NOT b.announced AND EXISTS (
          SELECT FROM subscription s JOIN lane l ON l.lane = s.lane WHERE s.id = b.subscription AND l.owner = $2)
   RETURNING b.subscription`,
);

/** Notes that the maker is about to be told; false when that was done, or the lane has another owner. */
export async function markAnnounced(transaction: Transaction, id: number, owner: string): Promise<boolean> {
  return (await transaction.query(ANNOUNCE, [id, owner])).length > 0;
}

const DISABLE = sql(
  'delivery.disable',
  `UPDATE subscription s SET state = 'disabled', state_reason = $3, version = bump_version('subscription')
    WHERE s.id = $1 AND s.state = 'active' AND s.deleted_at IS NULL
      AND EXISTS (SELECT FROM lane l WHERE l.lane = s.lane AND l.owner = $2)
   RETURNING s.id`,
);

/** Disables a subscription in the name of its lane's owner; false when it is not active, or the lane has another owner. */
export async function disableSubscription(
  transaction: Transaction,
  id: number,
  { owner, reason }: { readonly owner: string; readonly reason: string },
): Promise<boolean> {
  return (await transaction.query(DISABLE, [id, owner, reason])).length > 0;
}
