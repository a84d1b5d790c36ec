import { type Queries, sql, type Transaction } from '../db/database.ts';
import type { EventDraft } from './event.ts';

const APPEND = sql('events.append', 'SELECT append_events($1::json) AS position');

/**
 * Appends the events and commits the transaction in the same round trip. Call it with the dialog's row lock held; the
 * transaction is over when this resolves. Returns the positions in the order given.
 */
export async function appendAndCommit(
  transaction: Transaction,
  events: readonly EventDraft[],
): Promise<number[]> {
  const rows = await transaction.commitWith<{ position: string }>(APPEND, [
    JSON.stringify(events.map(toRow)),
  ]);
  return rows.map((row) => Number(row.position));
}

/** Appends without committing; only for several appends in one transaction. The last one goes with the commit. */
export async function append(transaction: Queries, events: readonly EventDraft[]): Promise<number[]> {
  const rows = await transaction.query<{ position: string }>(APPEND, [JSON.stringify(events.map(toRow))]);
  return rows.map((row) => Number(row.position));
}

function toRow(event: EventDraft): Record<string, unknown> {
  return {
    audience: event.audience,
    owner: event.owner,
    change: event.change,
    dialog_sequence: event.dialogSequence,
    type: event.type,
    resource: event.resource,
    resource_instance: event.resourceInstance,
    subject: event.subject,
    source: event.source,
    id: event.id,
    time: event.time,
    bytes: event.bytes,
    trace: event.trace,
  };
}
