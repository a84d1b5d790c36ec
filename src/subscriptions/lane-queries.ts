import { type Queries, sql } from '../db/database.ts';
import { type Interest, sourceBaseOf } from './matching.ts';
import { COLUMNS, type SubscriptionRow, toSubscription } from './queries.ts';
import type { Subscription } from './subscription.ts';

/**
 * Lane by lane, each along the index by lane and id, in any state of the statistics: after a million have been made at
 * once, a plan that sorts what is left would do so at every page.
 */
const INTERESTS = sql(
  'subscriptions.interests',
  `SELECT s.id, s.lane, s.resource_filter, s.subject_filter, s.type_filter, s.source_filter, s.include_subunits,
          s.org_number
     FROM (SELECT unnest($1::smallint[]) AS lane ORDER BY lane) l,
  LATERAL (SELECT s.*, s.identity ->> 'orgNumber' AS org_number FROM subscription s
            WHERE s.lane = l.lane AND s.id > CASE WHEN l.lane = $2 THEN $3 ELSE 0 END
              AND s.deleted_at IS NULL AND s.validated AND s.state = 'active'
            ORDER BY s.id LIMIT $4) s
    ORDER BY l.lane, s.id LIMIT $4`,
);

interface InterestRow
  extends Pick<
    SubscriptionRow,
    | 'id'
    | 'lane'
    | 'resource_filter'
    | 'subject_filter'
    | 'type_filter'
    | 'source_filter'
    | 'include_subunits'
  > {
  readonly org_number: string | null;
}

/**
 * What the subscriptions of these lanes want to which events flow, so many at a time, by lane and id. The next page is
 * read while one is taken in: of a million, both take seconds.
 */
export async function* interestsOfLanes(
  queries: Queries,
  lanes: readonly number[],
  most: number,
): AsyncGenerator<Interest[]> {
  const read = ({ lane, id }: { lane: number; id: number }) => {
    const ahead = lanes.filter((one) => one >= lane);
    const reading = queries.query<InterestRow>(INTERESTS, [ahead, lane, id, most]);
    // Whoever has stopped asking never hears of its failure.
    reading.catch(() => undefined);
    return reading;
  };
  let reading: Promise<InterestRow[]> | undefined = read({ lane: -1, id: 0 });
  while (reading) {
    const rows: InterestRow[] = await reading;
    const last = rows.at(-1);
    reading = last && rows.length === most ? read(last) : undefined;
    yield rows.map(toInterest);
  }
}

function toInterest(row: InterestRow): Interest {
  return {
    ...{ id: row.id, lane: row.lane, resource: row.resource_filter, subject: row.subject_filter },
    ...{ includeSubunits: row.include_subunits, type: row.type_filter, orgNumber: row.org_number },
    sourceBase: row.source_filter === null ? null : sourceBaseOf(row.source_filter),
  };
}

const RESTLESS = sql(
  'subscriptions.restless',
  `SELECT ${COLUMNS} FROM subscription s
    WHERE s.lane = ANY ($1::smallint[]) AND s.deleted_at IS NULL AND (
          s.id IN (SELECT o.subscription FROM own_position o) AND s.validated AND s.state = 'active'
       OR s.id IN (SELECT p.subscription FROM parked_dialog p)
       OR s.id IN (SELECT o.subscription FROM outcome o WHERE o.lane = ANY ($1))
       OR s.id IN (SELECT b.subscription FROM breaker b)
       OR s.id IN (SELECT d.subscription FROM dead_letter d WHERE d.asked_at IS NOT NULL AND d.settled_at IS NULL)
       OR s.id IN (SELECT r.subscription FROM replay r WHERE r.state = 'running')
       OR s.handshake_at IS NOT NULL OR s.seek_number > s.seek_done
       OR NOT (s.validated AND s.state = 'active') AND s.id NOT IN (SELECT o.subscription FROM own_position o))`,
);

/**
 * Subscriptions of these lanes of which more is known than that they keep up with their lane, or to which no events
 * flow, so that they may not share its cursor.
 */
export async function restlessSubscriptions(
  queries: Queries,
  lanes: readonly number[],
): Promise<Subscription[]> {
  return (await queries.query<SubscriptionRow>(RESTLESS, [lanes])).map(toSubscription);
}

const BY_ID = sql(
  'subscriptions.by-id',
  `SELECT ${COLUMNS} FROM subscription s WHERE s.id = ANY ($1::integer[]) AND s.deleted_at IS NULL`,
);

export async function subscriptionsById(queries: Queries, ids: readonly number[]): Promise<Subscription[]> {
  return (await queries.query<SubscriptionRow>(BY_ID, [ids])).map(toSubscription);
}

const CHANGED = sql(
  'subscriptions.changed',
  `SELECT ${COLUMNS} FROM subscription s
    WHERE (s.version, s.id) > ($1, $2) AND s.lane = ANY ($3::smallint[]) ORDER BY s.version, s.id LIMIT $4`,
);

/** Subscriptions of these lanes that changed after a version, deleted ones too, so many at a time. */
export async function* changedSubscriptions(
  queries: Queries,
  since: { readonly version: number; readonly lanes: readonly number[] },
  most: number,
): AsyncGenerator<Subscription[]> {
  // An id above all: what has the version itself is known.
  let after = { version: since.version, id: 2 ** 31 - 1 };
  for (;;) {
    const rows = await queries.query<SubscriptionRow>(CHANGED, [after.version, after.id, since.lanes, most]);
    const page = rows.map(toSubscription);
    yield page;
    const last = page.at(-1);
    if (!last || page.length < most) return;
    after = last;
  }
}
