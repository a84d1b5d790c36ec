import { type Queries, sql } from '../db/database.ts';
import { DIALOG_COLUMNS } from './columns.ts';
import type { LabelChange } from './labels.ts';
import type { Dialog } from './model.ts';
import type { LockedDialog } from './queries.ts';

const FIND = `SELECT now() AS now, ${DIALOG_COLUMNS} FROM dialog d WHERE d.id = ANY($1::uuid[])`;

const READ = sql('dialogs.read-several', FIND);

/** Those of the dialogs that exist, without what they have grown. */
export function readDialogs(queries: Queries, ids: readonly string[]): Promise<LockedDialog[]> {
  return find(queries, READ, ids);
}

// In the order of their ids, so that two requests about the same dialogs wait and do not block each other.
const LOCK = sql('dialogs.lock-several', `${FIND} ORDER BY d.id FOR UPDATE`);

/** Locks those of the dialogs that exist until the transaction ends. */
export function lockDialogs(transaction: Queries, ids: readonly string[]): Promise<LockedDialog[]> {
  return find(transaction, LOCK, ids);
}

async function find(
  queries: Queries,
  statement: typeof READ,
  ids: readonly string[],
): Promise<LockedDialog[]> {
  const rows = await queries.query<Dialog & { now: string }>(statement, [ids]);
  return rows.map(({ now, ...dialog }) => ({ dialog, now }));
}

/** A line of the label log, and when it was written. */
export interface LoggedLabel extends LabelChange {
  readonly at: string;
}

/** More than anybody reads; a log that is turned over and over must not make an answer without end. */
const MOST_LINES = 1000;

// Index label_log_dialog. What was removed and set at once stands in that order.
const LABEL_LOG = sql(
  'dialogs.label-log',
  `SELECT l.at, l.label, l.action, l.performed_by AS "performedBy"
     FROM label_log l WHERE l.dialog = $1 ORDER BY l.at DESC, l.action DESC, l.label LIMIT ${MOST_LINES}`,
);

/** The newest lines of the label log, the newest first. */
export function readLabelLog(queries: Queries, dialog: string): Promise<LoggedLabel[]> {
  return queries.query<LoggedLabel>(LABEL_LOG, [dialog]);
}

const NAME_LABELLER = sql(
  'dialogs.name-labeller',
  `UPDATE label_log SET performed_by = performed_by || jsonb_build_object('actorName', $3::text)
    WHERE dialog = $1 AND performed_by ->> 'actorId' = $2 AND NOT performed_by ? 'actorName'`,
);

/** Fills in a name that could not be had when the labels were changed. */
export function nameLabeller(
  queries: Queries,
  dialog: string,
  { urn, name }: { readonly urn: string; readonly name: string },
): Promise<unknown> {
  return queries.query(NAME_LABELLER, [dialog, urn, name]);
}
