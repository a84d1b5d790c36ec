import { type Queries, sql } from '../db/database.ts';

/** The locks are those of `append_events`: what a transaction holds between drawing a number and its end. */
const AGE = sql(
  'reading.horizon-age',
  `SELECT coalesce(extract(epoch FROM clock_timestamp() - min(a.xact_start)), 0)::float8 AS seconds
     FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.objsubid = 1
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
      AND l.classid::bigint >= (1::bigint << 24) AND l.classid::bigint < (1::bigint << 25)`,
);

/** Seconds that the oldest transaction which holds the horizon back has been open; 0 when none does. */
export async function readHorizonAge(queries: Queries): Promise<number> {
  const [row] = await queries.query<{ seconds: number }>(AGE);
  return Math.max(0, row!.seconds);
}
