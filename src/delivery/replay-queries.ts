import { type Queries, sql } from '../db/database.ts';
import type { HeldLane } from './lanes.ts';

/** A replay that runs, as far as it has come. */
export interface RunningReplay {
  readonly subscription: number;
  /** Tells it from the ones before it. */
  readonly number: number;
  /** Everything at or below has been sent again. */
  readonly position: number;
  readonly to: number;
  readonly delivered: number;
  readonly withheld: number;
  readonly refused: number;
}

const RUNNING = sql(
  'delivery.running-replays',
  `SELECT subscription, number, position, to_position AS to, delivered, withheld, refused FROM replay
    WHERE subscription = ANY ($1::integer[]) AND state = 'running'`,
);

/** Replays that run, by subscription. */
export async function readReplays(
  queries: Queries,
  ids: readonly number[],
): Promise<Map<number, RunningReplay>> {
  const rows = await queries.query<Record<keyof RunningReplay, number | string>>(RUNNING, [ids]);
  return new Map(
    rows.map((row) => {
      const { subscription, number, position, to, delivered, withheld, refused } = row;
      const counts = { delivered: Number(delivered), withheld: Number(withheld), refused: Number(refused) };
      const id = Number(subscription);
      return [
        id,
        { subscription: id, number: Number(number), position: Number(position), to: Number(to), ...counts },
      ];
    }),
  );
}

const ADVANCE = sql(
  'delivery.advance-replay',
  `UPDATE replay r SET position = $5, delivered = $6, withheld = $7, refused = $8,
          state = CASE WHEN $5 < r.to_position THEN 'running' ELSE 'done' END,
          ended_at = CASE WHEN $5 < r.to_position THEN NULL ELSE clock_timestamp() END
     FROM lane l
    WHERE l.lane = $1 AND l.epoch = $2 AND r.subscription = $3 AND r.number = $4 AND r.state = 'running'`,
);

/** Writes how far a replay has come; nothing when the lane has another owner or the replay has been cancelled. */
export async function advanceReplay(
  queries: Queries,
  { lane, epoch }: Pick<HeldLane, 'lane' | 'epoch'>,
  replay: RunningReplay,
): Promise<void> {
  const { subscription, number, position, delivered, withheld, refused } = replay;
  await queries.query(ADVANCE, [lane, epoch, subscription, number, position, delivered, withheld, refused]);
}
