import { type Queries, sql } from '../../../src/db/database.ts';

/** What the requests have left in the database. */
export interface Remains {
  readonly dialogs: readonly string[];
  readonly subscriptions: readonly number[];
  readonly outsideEvents: number;
  /** Dialogs whose counters, events, transmissions and activities do not agree. */
  readonly torn: readonly string[];
  /** Transactions that were left open, and append locks that are still held. */
  readonly parked: number;
}

const DIALOGS = sql('test.all-dialogs', 'SELECT id FROM dialog ORDER BY id');
const SUBSCRIPTIONS = sql('test.all-subscriptions', 'SELECT id FROM subscription ORDER BY id');
const OUTSIDE = sql('test.outside', 'SELECT count(*)::integer AS count FROM event WHERE change IS NULL');

const TORN = sql(
  'test.torn',
  `SELECT d.id FROM dialog d
    CROSS JOIN LATERAL (
      SELECT count(*) AS rows, max(e.change) AS change, count(DISTINCT e.change) AS changes,
             count(e.dialog_sequence) AS told, count(DISTINCT e.dialog_sequence) AS sequences,
             max(e.dialog_sequence) AS sequence,
             count(*) FILTER (WHERE e.type = 'dialogporten.dialog.created.v1') AS created,
             count(*) FILTER (WHERE e.type LIKE '%.transmission.created.v1') AS transmissions,
             count(*) FILTER (WHERE e.type LIKE '%.dialog.activity.%') AS activities
        FROM event e WHERE e.resource = d.service_resource AND e.resource_instance = d.id::text AND e.change IS NOT NULL) e
   WHERE (e.rows, e.change, e.changes) IS DISTINCT FROM (d.change, d.change, d.change)
      OR (e.told, e.sequence, e.sequences) IS DISTINCT FROM (d.dialog_sequence, d.dialog_sequence, d.dialog_sequence)
      OR e.created <> 1
      OR e.transmissions <> (SELECT count(*) FROM transmission t WHERE t.dialog = d.id)
      OR e.activities <> (SELECT count(*) FROM activity a WHERE a.dialog = d.id)`,
);

const PARKED = sql(
  'test.parked',
  `SELECT (SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND state LIKE 'idle in transaction%')
        + (SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
            WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.objsubid = 1) AS count`,
);

export async function readRemains(queries: Queries): Promise<Remains> {
  const dialogs = await queries.query<{ id: string }>(DIALOGS);
  const subscriptions = await queries.query<{ id: number }>(SUBSCRIPTIONS);
  const [outside] = await queries.query<{ count: number }>(OUTSIDE);
  const torn = await queries.query<{ id: string }>(TORN);
  const [parked] = await queries.query<{ count: string }>(PARKED);
  return {
    dialogs: dialogs.map(({ id }) => id),
    subscriptions: subscriptions.map(({ id }) => id),
    outsideEvents: outside!.count,
    torn: torn.map(({ id }) => id),
    parked: Number(parked!.count),
  };
}
