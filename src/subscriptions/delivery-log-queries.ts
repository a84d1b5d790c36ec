import { type Queries, sql } from '../db/database.ts';

/** A row of the delivery log: one for each subscription and flush of successes, one for each failure. */
export interface DeliveryLogRow {
  readonly at: string;
  /** Tells apart rows of one microsecond. */
  readonly place: string;
  readonly state: string;
  readonly positions: readonly string[];
  readonly count: number;
  readonly attempt: number;
  readonly status: number | null;
  readonly cause: string | null;
  readonly milliseconds: number | null;
}

export interface DeliveryLogAsked {
  /** The row before the page: the page goes on with older ones. */
  readonly after: { readonly at: string; readonly place: string } | null;
  readonly state: string | null;
  /** Wire times: from the one on, up to the other. */
  readonly from: string | null;
  readonly to: string | null;
  readonly most: number;
}

/** Rows looked at for one page, and positions of one row that are shown. */
const SCAN = 10_000;
const POSITIONS_MOST = 1000;

// The oldest row that was looked at comes last, marked: whoever finds few goes on from there.
const READ = sql(
  'subscriptions.delivery-log',
  `WITH looked AS MATERIALIZED (
     SELECT d.*, d.ctid AS place FROM delivery_log d
      WHERE d.subscription = $1 AND ($2::timestamptz IS NULL OR (d.at, d.ctid) < ($2, $3::tid))
        AND ($4::timestamptz IS NULL OR d.at >= $4) AND ($5::timestamptz IS NULL OR d.at < $5)
      ORDER BY d.at DESC, d.ctid DESC LIMIT $7
   ), found AS (
     SELECT l.*, false AS is_end FROM looked l WHERE $6::text IS NULL OR l.state = $6
      ORDER BY l.at DESC, l.place DESC LIMIT $8
   ), page AS (
     SELECT f.* FROM found f
      UNION ALL
     (SELECT l.*, true FROM looked l ORDER BY l.at, l.place LIMIT 1)
   )
   SELECT p.at, p.place::text, p.state, p.positions[1:${POSITIONS_MOST}] AS positions, cardinality(p.positions) AS count,
          p.attempt, p.status, p.cause, p.milliseconds, p.is_end, (SELECT count(*)::integer FROM looked) AS looked
     FROM page p ORDER BY p.is_end, p.at DESC, p.place DESC`,
);

/** Some of a subscription's rows, the newest first, and the row to go on after; null when there are no more. */
export async function readDeliveryLog(
  queries: Queries,
  id: number,
  { after, state, from, to, most }: DeliveryLogAsked,
): Promise<{ readonly rows: DeliveryLogRow[]; readonly next: DeliveryLogRow | null }> {
  const scan = state === null ? most : SCAN;
  const values = [id, after?.at ?? null, after?.place ?? null, from, to, state, scan, most];
  const rows = await queries.query<DeliveryLogRow & { is_end: boolean; looked: number }>(READ, values);
  const end = rows.pop();
  if (!end || (rows.length < most && end.looked < scan)) return { rows, next: null };
  return { rows, next: rows.length === most ? rows.at(-1)! : end };
}
