import { type Queries, sql } from '../db/database.ts';
import { type Interest, sourceBaseOf } from './matching.ts';
import { COLUMNS, type SubscriptionRow, toSubscription } from './queries.ts';
import type { Subscription } from './subscription.ts';

const INTERESTS = sql(
  'subscriptions.interests',
  `SELECT s.id, s.lane, s.resource_filter, s.subject_filter, s.type_filter, s.source_filter, s.include_subunits,
          s.identity ->> 'orgNumber' AS org_number
     FROM subscription s
    WHERE s.lane = ANY ($1::smallint[]) AND (s.lane, s.id) > ($2, $3)
      AND s.deleted_at IS NULL AND s.validated AND s.state = 'active'
    ORDER BY s.lane, s.id LIMIT $4`,
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

/** What the subscriptions of these lanes want to which events flow, so many at a time, by lane and id. */
export async function* interestsOfLanes(
  queries: Queries,
  lanes: readonly number[],
  most: number,
): AsyncGenerator<Interest[]> {
  let after = { lane: -1, id: 0 };
  for (;;) {
    const rows = await queries.query<InterestRow>(INTERESTS, [lanes, after.lane, after.id, most]);
    yield rows.map(toInterest);
    const last = rows.at(-1);
    if (!last || rows.length < most) return;
    after = last;
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
