import { type Queries, sql } from '../db/database.ts';
import type { Activity, Transmission } from './model.ts';
import type { Children, TransmissionState } from './unopened.ts';

/** Transmissions and activities: what a dialog grows. */

const CHILDREN = sql(
  'dialogs.children',
  `SELECT t.id, t.type, t.related_transmission AS "relatedTransmissionId", t.idempotent_key AS "idempotentKey",
          EXISTS (SELECT FROM activity a
                   WHERE a.dialog = t.dialog AND a.type = 'TransmissionOpened' AND a.transmission = t.id) AS opened
     FROM transmission t WHERE t.dialog = $1`,
);

const CORRESPONDENCE_OPENED = sql(
  'dialogs.correspondence-opened',
  `SELECT EXISTS (SELECT FROM activity a WHERE a.dialog = $1 AND a.type = 'CorrespondenceOpened') AS opened`,
);

/** What the dialog has grown. Sent behind the lock in the same round trip: it sees what the lock has waited for. */
export async function childrenOf(transaction: Queries, id: string): Promise<Children> {
  const [transmissions, [correspondence]] = await Promise.all([
    transaction.query<TransmissionState>(CHILDREN, [id]),
    transaction.query<{ opened: boolean }>(CORRESPONDENCE_OPENED, [id]),
  ]);
  return { transmissions, correspondenceOpened: correspondence?.opened ?? false };
}

const INSERT_TRANSMISSIONS = sql(
  'dialogs.insert-transmissions',
  `INSERT INTO transmission (dialog, id, idempotent_key, type, related_transmission, document, created_at)
   SELECT $1, t.* FROM json_to_recordset($2::json) AS t (
     id uuid, idempotent_key text, type text, related_transmission uuid, document jsonb, created_at timestamptz)`,
);

export function insertTransmissions(
  transaction: Queries,
  dialog: string,
  transmissions: readonly Transmission[],
): Promise<unknown> {
  return transaction.query(INSERT_TRANSMISSIONS, [
    dialog,
    JSON.stringify(transmissions.map(transmissionRow)),
  ]);
}

function transmissionRow(transmission: Transmission) {
  const { id, idempotentKey, type, relatedTransmissionId, createdAt, ...document } = transmission;
  return {
    id,
    idempotent_key: idempotentKey,
    type,
    related_transmission: relatedTransmissionId,
    document,
    created_at: createdAt,
  };
}

const UPDATE_TRANSMISSION = sql(
  'dialogs.update-transmission',
  `UPDATE transmission t
      SET idempotent_key = n.idempotent_key, type = n.type, related_transmission = n.related_transmission,
          document = n.document, created_at = n.created_at
     FROM json_to_record($2::json) AS n (
       id uuid, idempotent_key text, type text, related_transmission uuid, document jsonb, created_at timestamptz)
    WHERE t.dialog = $1 AND t.id = n.id`,
);

/** Replaces the transmission with this id. */
export function updateTransmission(
  transaction: Queries,
  dialog: string,
  transmission: Transmission,
): Promise<unknown> {
  return transaction.query(UPDATE_TRANSMISSION, [dialog, JSON.stringify(transmissionRow(transmission))]);
}

const INSERT_ACTIVITIES = sql(
  'dialogs.insert-activities',
  `INSERT INTO activity (dialog, id, type, transmission, document, created_at)
   SELECT $1, a.* FROM json_to_recordset($2::json) AS a (
     id uuid, type text, transmission uuid, document jsonb, created_at timestamptz)`,
);

export function insertActivities(
  transaction: Queries,
  dialog: string,
  activities: readonly Activity[],
): Promise<unknown> {
  const rows = activities.map(({ id, type, transmissionId, createdAt, ...document }) => ({
    id,
    type,
    transmission: transmissionId,
    document,
    created_at: createdAt,
  }));
  return transaction.query(INSERT_ACTIVITIES, [dialog, JSON.stringify(rows)]);
}

const RETIME = sql(
  'dialogs.retime-activity',
  'UPDATE activity SET created_at = $3 WHERE dialog = $1 AND id = $2',
);

/** The activity has happened at another time. */
export function retimeActivity(
  transaction: Queries,
  dialog: string,
  { id, createdAt }: Activity,
): Promise<unknown> {
  return transaction.query(RETIME, [dialog, id, createdAt]);
}
