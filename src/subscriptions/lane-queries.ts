import { type Queries, sql } from '../db/database.ts';
import { type Interest, sourceBaseOf } from './matching.ts';
import { COLUMNS, type SubscriptionRow, toSubscription } from './queries.ts';
import type { Subscription } from './subscription.ts';

/** What an interest is made of, and of whom there is one. */
const INTEREST = `s.id, s.lane, s.resource_filter, s.subject_filter, s.type_filter, s.source_filter, s.include_subunits`;
const ORG_NUMBER = `s.identity ->> 'orgNumber' AS org_number`;
const FLOWING = `s.deleted_at IS NULL AND s.validated AND s.state = 'active'`;

/**
 * Lane by lane, each along the index by lane and id, in any state of the statistics: after a million have been made at
 * once, a plan that sorts what is left would do so at every page.
 */
const ALONG_LANES = sql(
  'subscriptions.interests-by-lane',
  `SELECT ${INTEREST}, s.org_number
     FROM (SELECT unnest($1::smallint[]) AS lane ORDER BY lane) l,
  LATERAL (SELECT s.*, ${ORG_NUMBER} FROM subscription s
            WHERE s.lane = l.lane AND s.id > CASE WHEN l.lane = $2 THEN $3 ELSE 0 END AND ${FLOWING}
            ORDER BY s.id LIMIT $4) s
    ORDER BY l.lane, s.id LIMIT $4`,
);

/** As they lie in the table: a row of a lane is elsewhere than the next of the same lane. */
const ALONG_IDS = sql(
  'subscriptions.interests-by-id',
  `SELECT ${INTEREST}, ${ORG_NUMBER} FROM subscription s
    WHERE s.id > $2 AND s.id <= $3 AND s.lane = ANY ($1::smallint[]) AND ${FLOWING}`,
);
const NEXT_ID = sql(
  'subscriptions.next-id',
  'SELECT id - 1 AS before FROM subscription WHERE id > $1 ORDER BY id LIMIT 1',
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

/** From so many lanes on, a quarter of all, it costs less to go through the table than from lane to lane. */
const MANY_LANES = 64;

/**
 * What the subscriptions of these lanes want to which events flow, at most so many at a time, in no order. The next page
 * is read while one is taken in: of a million, both take seconds.
 */
export function interestsOfLanes(
  queries: Queries,
  lanes: readonly number[],
  most: number,
): AsyncGenerator<Interest[]> {
  return (lanes.length < MANY_LANES ? readByLane : readById)(queries, lanes, most);
}

async function* readByLane(
  queries: Queries,
  lanes: readonly number[],
  most: number,
): AsyncGenerator<Interest[]> {
  const read = ({ lane, id }: { lane: number; id: number }) => {
    const ahead = lanes.filter((one) => one >= lane);
    return ahead.length === 0
      ? undefined
      : begun(queries.query<InterestRow>(ALONG_LANES, [ahead, lane, id, most]));
  };
  let reading = read({ lane: -1, id: 0 });
  while (reading) {
    const rows: InterestRow[] = await reading;
    const last = rows.at(-1);
    reading = last && rows.length === most ? read(last) : undefined;
    yield rows.map(toInterest);
  }
}

async function* readById(
  queries: Queries,
  lanes: readonly number[],
  most: number,
): AsyncGenerator<Interest[]> {
  for (let from: number | undefined = 0; from !== undefined; ) {
    const read = (after: number) =>
      begun(queries.query<InterestRow>(ALONG_IDS, [lanes, after, after + most]));
    let reading: Promise<InterestRow[]> | undefined = read(from);
    for (let rows = await reading; rows.length > 0; rows = await reading) {
      reading = read((from += most));
      yield rows.map(toInterest);
    }
    // Nobody there: the next may be far.
    from = await beforeNext(queries, from + most);
  }
}

/** The id before the next one that there is beyond; undefined when there is none. */
async function beforeNext(queries: Queries, beyond: number): Promise<number | undefined> {
  return (await queries.query<{ before: number }>(NEXT_ID, [beyond]))[0]?.before;
}

/** Whoever has stopped asking never hears of its failure. */
function begun<T>(reading: Promise<T>): Promise<T> {
  reading.catch(() => undefined);
  return reading;
}

function toInterest(row: InterestRow): Interest {
  return {
    id: row.id,
    lane: row.lane,
    resource: row.resource_filter,
    subject: row.subject_filter,
    includeSubunits: row.include_subunits,
    type: row.type_filter,
    orgNumber: row.org_number,
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
