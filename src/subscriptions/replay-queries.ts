import { type Queries, sql, type Transaction } from '../db/database.ts';
import type { Changed } from './state-queries.ts';

/** A replay as it stands. Times are wire times. */
export interface ReplayRow {
  readonly from_position: string;
  readonly position: string;
  readonly to_position: string;
  readonly state: 'running' | 'done' | 'cancelled';
  readonly asked_at: string;
  readonly ended_at: string | null;
  readonly delivered: string;
  readonly withheld: string;
  readonly refused: string;
}

const READ = sql(
  'subscriptions.replay',
  `SELECT from_position, position, to_position, state, asked_at, ended_at, delivered, withheld, refused
     FROM replay WHERE subscription = $1`,
);

/** The last replay of a subscription. */
export async function readReplay(queries: Queries, id: number): Promise<ReplayRow | undefined> {
  return (await queries.query<ReplayRow>(READ, [id]))[0];
}

// The subscription's row first, as with every change of one: the owner of its lane looks.
const ASKED = sql(
  'subscriptions.asked-about-replay',
  `UPDATE subscription SET recovery = recovery + 1, version = bump_version('subscription')
    WHERE id = $1 AND deleted_at IS NULL RETURNING lane, version`,
);
const START = sql(
  'subscriptions.start-replay',
  `INSERT INTO replay AS r (subscription, from_position, position, to_position)
   SELECT $1, $2, $2, coalesce($3, log_end(0, h.horizon)) FROM log_horizon() h
       ON CONFLICT (subscription) DO UPDATE
      SET number = r.number + 1, from_position = excluded.from_position, position = excluded.position,
          to_position = excluded.to_position, state = 'running', asked_at = clock_timestamp(), ended_at = NULL,
          delivered = 0, withheld = 0, refused = 0
    WHERE r.state <> 'running'
   RETURNING 1`,
);
const CANCEL = sql(
  'subscriptions.cancel-replay',
  `UPDATE replay SET state = 'cancelled', ended_at = clock_timestamp()
    WHERE subscription = $1 AND state = 'running' RETURNING 1`,
);

/** Starts a replay of what lies after one position, up to another or to the end of the log; false when one runs. */
export async function startReplay(
  transaction: Transaction,
  id: number,
  { from, to }: { readonly from: number; readonly to: number | null },
): Promise<boolean> {
  await transaction.query(ASKED, [id]);
  return (await transaction.query(START, [id, from, to])).length > 0;
}

/** Ends the replay that runs; undefined when none does. */
export async function cancelReplay(transaction: Transaction, id: number): Promise<Changed | undefined> {
  const [changed] = await transaction.query<{ lane: number; version: string }>(ASKED, [id]);
  const isCancelled = (await transaction.query(CANCEL, [id])).length > 0;
  return changed && isCancelled ? { lane: changed.lane, version: Number(changed.version) } : undefined;
}
