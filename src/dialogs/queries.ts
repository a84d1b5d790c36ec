import { type Queries, sql } from '../db/database.ts';
import type { EventDraft } from '../events/event.ts';
import { allColumns, changingColumns, DIALOG_COLUMNS, valuesOf } from './columns.ts';
import type { LabelChange } from './labels.ts';
import type { Dialog } from './model.ts';

/** A dialog under its row lock, and the time of the request that took it. */
export interface LockedDialog {
  readonly dialog: Dialog;
  readonly now: string;
}

const LOCK = sql(
  'dialogs.lock',
  `SELECT now() AS now, ${DIALOG_COLUMNS} FROM dialog d WHERE d.id = $1 FOR UPDATE`,
);

/** Locks the dialog's row until the transaction ends; undefined when there is none. */
export async function lockDialog(transaction: Queries, id: string): Promise<LockedDialog | undefined> {
  const [row] = await transaction.query<Dialog & { now: string }>(LOCK, [id]);
  if (!row) return undefined;
  const { now, ...dialog } = row;
  return { dialog, now };
}

export interface CreationState {
  readonly now: string;
  /** The id stands for a dialog, or for one that was purged. */
  readonly taken: boolean;
  readonly purged: boolean;
  /** The dialog that was created with the same idempotent key. */
  readonly twin: string | null;
}

const CREATION = sql(
  'dialogs.creation',
  `SELECT now() AS now,
          EXISTS (SELECT FROM dialog d WHERE d.id = $1) AS taken,
          EXISTS (SELECT FROM tombstone t WHERE t.dialog = $1) AS purged,
          (SELECT d.id FROM dialog d WHERE d.org = $2 AND d.idempotent_key = $3) AS twin`,
);

export async function creationState(
  transaction: Queries,
  dialog: { readonly id: string; readonly org: string; readonly idempotentKey: string | undefined },
): Promise<CreationState> {
  const [row] = await transaction.query<CreationState>(CREATION, [
    dialog.id,
    dialog.org,
    dialog.idempotentKey ?? null,
  ]);
  return row!;
}

const INSERT = sql(
  'dialogs.insert',
  `INSERT INTO dialog (${allColumns.map(({ name }) => name).join(', ')})
   VALUES (${allColumns.map((_, index) => `$${index + 1}`).join(', ')})`,
);

export function insertDialog(transaction: Queries, dialog: Dialog): Promise<unknown> {
  return transaction.query(INSERT, valuesOf(dialog, allColumns));
}

const UPDATE = sql(
  'dialogs.update',
  `UPDATE dialog SET ${changingColumns
    .map(({ name }, index) =>
      name === 'document' ? `document = coalesce($${index + 2}, document)` : `${name} = $${index + 2}`,
    )
    .join(', ')} WHERE id = $1`,
);

/** Writes what has changed; a document that is the same object as before is not sent again. */
export function updateDialog(transaction: Queries, before: Dialog, after: Dialog): Promise<unknown> {
  const values = valuesOf(after, changingColumns);
  if (after.document === before.document) values[values.length - 1] = null;
  return transaction.query(UPDATE, [after.id, ...values]);
}

const WRITE_WORDS = sql('dialogs.write-words', 'SELECT write_dialog_words($1)');

/** What the dialog says is found by search from the commit on. */
export function writeWords(transaction: Queries, dialog: string): Promise<unknown> {
  return transaction.query(WRITE_WORDS, [dialog]);
}

const INSERT_LABELS = sql(
  'dialogs.insert-labels',
  `INSERT INTO label_log (dialog, at, label, action, performed_by)
   SELECT $1, $2, l.label, l.action, l."performedBy"
     FROM json_to_recordset($3::json) AS l (label text, action text, "performedBy" jsonb)`,
);

export function insertLabelChanges(
  transaction: Queries,
  dialog: Pick<Dialog, 'id'> & { readonly at: string },
  changes: readonly LabelChange[],
): Promise<unknown> {
  return transaction.query(INSERT_LABELS, [dialog.id, dialog.at, JSON.stringify(changes)]);
}

const HOLD = sql(
  'dialogs.hold',
  `INSERT INTO held_event (dialog, change, dialog_sequence, owner, type, resource, resource_instance, subject, source,
                           id, time, bytes, trace)
   SELECT $1, e.change, e."dialogSequence", e.owner, e.type, e.resource, e."resourceInstance", e.subject, e.source,
          e.id, e.time, e.bytes, e.trace
     FROM json_to_recordset($2::json) AS e (
            change bigint, "dialogSequence" bigint, owner text, type text, resource text, "resourceInstance" text,
            subject text, source text, id text, time timestamptz, bytes text, trace text)`,
);

/** Keeps events that visibleFrom holds back until they are released. */
export function holdEvents(
  transaction: Queries,
  dialog: string,
  events: readonly EventDraft[],
): Promise<unknown> {
  return transaction.query(HOLD, [dialog, JSON.stringify(events)]);
}

const RELEASE = sql(
  'dialogs.release',
  `DELETE FROM held_event WHERE dialog = $1
   RETURNING change::float8 AS change, dialog_sequence::float8 AS "dialogSequence", owner, type, resource,
             resource_instance AS "resourceInstance", subject, source, id, time, bytes, trace`,
);

/** Takes the held events out, in the order in which they happened. */
export async function takeHeldEvents(
  transaction: Queries,
  dialog: string,
): Promise<Omit<EventDraft, 'audience'>[]> {
  const rows = await transaction.query<Omit<EventDraft, 'audience'> & { change: number }>(RELEASE, [dialog]);
  return rows.toSorted((one, other) => one.change - other.change);
}

const PLAN_RELEASE = sql(
  'dialogs.plan-release',
  `INSERT INTO due_work (kind, key, lane, due_at) VALUES ('release', $1, $2, $3)`,
);

export function planRelease(
  transaction: Queries,
  release: { readonly id: string; readonly lane: number; readonly at: string },
): Promise<unknown> {
  return transaction.query(PLAN_RELEASE, [release.id, release.lane, release.at]);
}

const PURGE = sql(
  'dialogs.purge',
  `WITH held AS (DELETE FROM held_event WHERE dialog = $1),
        planned AS (DELETE FROM due_work WHERE kind = 'release' AND key = $1::text),
        buried AS (INSERT INTO tombstone (dialog, change, dialog_sequence, purged_at, expires_at)
                   VALUES ($1, $2, $3, $4, $4::timestamptz + make_interval(days => $5)))
   DELETE FROM dialog WHERE id = $1`,
);

/** Takes the dialog and all that belongs to it away and leaves a tombstone. */
export function buryDialog(
  transaction: Queries,
  dialog: Dialog,
  grave: { readonly now: string; readonly days: number },
): Promise<unknown> {
  const { id, change, dialogSequence } = dialog;
  return transaction.query(PURGE, [id, change, dialogSequence, grave.now, grave.days]);
}
