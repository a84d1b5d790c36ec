import { type Queries, type Statement, sql } from '../db/database.ts';

/** How long things are kept that do not go with the log, in days. */
export interface KeptFor {
  /** As long as events. */
  readonly retention: number;
  /** The trail of changes to registry, register and grants. */
  readonly audit: number;
}

/** What is deleted once its time is over. `docs/privacy.md` says the same in words. */
interface Remains {
  readonly statement: Statement;
  readonly days: (kept: KeptFor) => readonly number[];
}

/** Deletes rows of a table that has no partitions, so many at a time that nobody waits for them. $1: how many. */
function remains(table: string, condition: string, days: Remains['days'] = () => []): Remains {
  const text = `WITH gone AS (
    DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${condition} LIMIT $1)) RETURNING 1)
    SELECT count(*)::integer AS gone FROM gone`;
  return { statement: sql(`events.remains.${table}`, text), days };
}

const retention: Remains['days'] = (kept) => [kept.retention];

// Deleted rows tell running processes that they are deleted; those know it long before retention is over.
const FORGOTTEN = `deleted AND version <= (
  SELECT max(d.access_version) FROM log_day d WHERE d.day <= (now() AT TIME ZONE 'UTC')::date - $2::integer)`;

const ALL: readonly Remains[] = [
  {
    // A key goes with the partition that its event was in.
    statement: sql(
      'events.remains.published_key',
      `WITH gone AS (
         DELETE FROM published_key WHERE key IN (
           SELECT k.key FROM published_key k
            WHERE k.position < (SELECT min(substring(c.relname FROM '\\d+$')::bigint) << 32
                                  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                                 WHERE i.inhparent = 'event'::regclass)
            LIMIT $1)
         RETURNING 1)
       SELECT count(*)::integer AS gone FROM gone`,
    ),
    days: () => [],
  },
  // A tombstone stays as long as there are events that a new dialog of the same id would contradict.
  remains(
    'tombstone',
    `expires_at < now() AND purged_at < coalesce(
       (SELECT e.appended_at FROM event e ORDER BY e.position LIMIT 1), 'infinity')`,
  ),
  remains('dead_letter', 'expires_at < now()'),
  remains('subscription_secret', 'expires_at < now()'),
  // With everything that hangs on it.
  remains('subscription', 'deleted_at < now() - make_interval(days => $2)', retention),
  remains('service_resource', FORGOTTEN, retention),
  remains('party', FORGOTTEN, retention),
  remains('access_grant', FORGOTTEN, retention),
  remains('access_audit', 'at < now() - make_interval(days => $2)', (kept) => [kept.audit]),
  // The newest of the passed days is kept: it says what was deleted before it.
  remains(
    'log_day',
    `day < (SELECT max(d.day) FROM log_day d WHERE d.day <= (now() AT TIME ZONE 'UTC')::date - $2::integer)`,
    retention,
  ),
];

/** Rows deleted by one statement: few enough that it is over in a moment. */
const BATCH = 1000;
/** Statements for one table in one round; what is left goes in the next. */
const BATCHES_MOST = 1000;

/** Deletes everything whose time is over, until the signal is aborted. */
export async function deleteRemains(queries: Queries, kept: KeptFor, signal: AbortSignal): Promise<void> {
  for (const { statement, days } of ALL) {
    for (let batch = 0; batch < BATCHES_MOST && !signal.aborted; batch++) {
      const [row] = await queries.query<{ gone: number }>(statement, [BATCH, ...days(kept)]);
      if (row!.gone < BATCH) break;
    }
  }
}
