import { type Queries, sql } from '../db/database.ts';
import { DIALOG_COLUMNS } from './columns.ts';
import type { Activity, ActivityType, SeenEntry, Transmission, WholeDialog } from './model.ts';

/** A time inside JSON, as wire text: what the driver does for a column. */
function wireTime(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"0Z"')`;
}

/** Seen log entries as a JSON array, the newest first. */
export function seenEntries(condition: string): string {
  return `coalesce((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'id', s.id, 'seenAt', ${wireTime('s.seen_at')}, 'seenBy', s.seen_by, 'seenByName', s.seen_by_name,
            'viaOwner', s.via_owner)) ORDER BY s.seen_at DESC)
          FROM seen_log s WHERE s.dialog = d.id AND ${condition}), '[]')`;
}

/** An activity as JSON; the table is called a. */
export const ACTIVITY = `a.document || jsonb_strip_nulls(jsonb_build_object(
  'id', a.id, 'type', a.type, 'createdAt', ${wireTime('a.created_at')}, 'transmissionId', a.transmission))`;

const TRANSMISSION = `t.document || jsonb_strip_nulls(jsonb_build_object(
  'id', t.id, 'type', t.type, 'createdAt', ${wireTime('t.created_at')}, 'idempotentKey', t.idempotent_key,
  'relatedTransmissionId', t.related_transmission))`;

const WHOLE = sql(
  'dialogs.whole',
  `SELECT now() AS now, ${DIALOG_COLUMNS},
          coalesce((SELECT jsonb_agg(${TRANSMISSION} ORDER BY t.created_at, t.id)
                      FROM transmission t WHERE t.dialog = d.id), '[]') AS transmissions,
          coalesce((SELECT jsonb_agg(${ACTIVITY} ORDER BY a.created_at, a.id)
                      FROM activity a WHERE a.dialog = d.id), '[]') AS activities,
          ${seenEntries('($2 OR s.seen_at >= least(d.updated_at, d.content_updated_at))')} AS "seenLog"
     FROM dialog d WHERE d.id = $1`,
);

/** A dialog as one statement saw it, at the time of that statement. */
export interface FoundDialog {
  readonly dialog: WholeDialog;
  readonly now: string;
}

/** The dialog with everything that belongs to it; of the seen log what is newer than the last change, or all. */
export async function readWhole(
  queries: Queries,
  id: string,
  seenLog: 'recent' | 'all' = 'recent',
): Promise<FoundDialog | undefined> {
  const [row] = await queries.query<WholeDialog & { now: string }>(WHOLE, [id, seenLog === 'all']);
  if (!row) return undefined;
  const { now, ...dialog } = row;
  return { dialog, now };
}

const ONE_TRANSMISSION = sql(
  'dialogs.transmission',
  `SELECT ${TRANSMISSION} AS transmission FROM transmission t WHERE t.dialog = $1 AND t.id = $2`,
);

/** One transmission of a dialog. Sent behind the lock, it sees what the lock has waited for. */
export async function transmissionOf(
  queries: Queries,
  dialog: string,
  id: string,
): Promise<Transmission | undefined> {
  const [row] = await queries.query<{ transmission: Transmission }>(ONE_TRANSMISSION, [dialog, id]);
  return row?.transmission;
}

const ONE_ACTIVITY = sql(
  'dialogs.activity',
  `SELECT ${ACTIVITY} AS activity FROM activity a WHERE a.dialog = $1 AND a.id = $2`,
);

/** One activity of a dialog. Sent behind the lock, it sees what the lock has waited for. */
export async function activityOf(
  queries: Queries,
  dialog: string,
  id: string,
): Promise<Activity | undefined> {
  const [row] = await queries.query<{ activity: Activity }>(ONE_ACTIVITY, [dialog, id]);
  return row?.activity;
}

const REPORTED = sql(
  'dialogs.reported',
  `SELECT d.deleted_at IS NOT NULL AS deleted,
          EXISTS (SELECT FROM activity a WHERE a.dialog = d.id AND a.type = $2
                                           AND ($3::uuid IS NULL OR a.transmission = $3)) AS reported
     FROM dialog d WHERE d.id = $1`,
);

/** Which activity is asked about; of any transmission, or of none, when none is named. */
export interface ReportedActivity {
  readonly dialogId: string;
  readonly type: ActivityType;
  readonly transmissionId: string | undefined;
}

/** Whether a dialog has such an activity; undefined when there is no dialog. */
export async function activityReported(
  queries: Queries,
  { dialogId, type, transmissionId }: ReportedActivity,
): Promise<{ readonly deleted: boolean; readonly reported: boolean } | undefined> {
  const [row] = await queries.query<{ deleted: boolean; reported: boolean }>(REPORTED, [
    ...[dialogId, type],
    transmissionId ?? null,
  ]);
  return row;
}

const LOCK_WAIT = sql('dialogs.lock-wait', `SELECT set_config('lock_timeout', $1, true)`);

/** From here on no statement of the transaction waits longer for a lock than these milliseconds. */
export function limitLockWait(transaction: Queries, milliseconds: number): Promise<unknown> {
  return transaction.query(LOCK_WAIT, [String(milliseconds)]);
}

const IS_SEEN = sql(
  'dialogs.is-seen',
  'SELECT EXISTS (SELECT FROM seen_log WHERE dialog = $1 AND id = $2) AS seen',
);

/** Whether the seen log has the entry. Sent behind the lock, so that of two readers only the first finds it missing. */
export async function isInSeenLog(transaction: Queries, dialog: string, entry: string): Promise<boolean> {
  const [row] = await transaction.query<{ seen: boolean }>(IS_SEEN, [dialog, entry]);
  return row?.seen ?? false;
}

const INSERT_SEEN = sql(
  'dialogs.insert-seen',
  'INSERT INTO seen_log (dialog, id, seen_at, seen_by, seen_by_name, via_owner) VALUES ($1, $2, $3, $4, $5, $6)',
);

export function insertSeen(transaction: Queries, dialog: string, entry: SeenEntry): Promise<unknown> {
  const { id, seenAt, seenBy, seenByName, viaOwner } = entry;
  return transaction.query(INSERT_SEEN, [dialog, id, seenAt, seenBy, seenByName ?? null, viaOwner]);
}

const NAME_SEEN = sql(
  'dialogs.name-seen',
  'UPDATE seen_log SET seen_by_name = $3 WHERE dialog = $1 AND seen_by = $2 AND seen_by_name IS NULL',
);

/** Fills in a name that could not be had when the entry was made. */
export function nameSeenBy(
  queries: Queries,
  dialog: string,
  { seenBy, name }: { readonly seenBy: string; readonly name: string },
): Promise<unknown> {
  return queries.query(NAME_SEEN, [dialog, seenBy, name]);
}
