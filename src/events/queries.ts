import { type Queries, type Statement, sql, type Transaction } from '../db/database.ts';
import type { EventDraft } from './event.ts';

const APPEND = sql('events.append', 'SELECT append_events($1::json) AS position');
const APPEND_ONE = sql(
  'events.append-one',
  'SELECT append_event($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS position',
);

/**
 * Appends the events and commits the transaction in the same round trip. Call it with the dialog's row lock held; the
 * transaction is over when this resolves. Returns the positions in the order given.
 */
export async function appendAndCommit(
  transaction: Transaction,
  events: readonly EventDraft[],
): Promise<number[]> {
  return positionsIn(await transaction.commitWith<Appended>(...appendOf(events)));
}

/** Appends without committing; only for several appends in one transaction. The last one goes with the commit. */
export async function append(transaction: Queries, events: readonly EventDraft[]): Promise<number[]> {
  return positionsIn(await transaction.query<Appended>(...appendOf(events)));
}

interface Appended {
  readonly position: string;
}

function positionsIn(rows: readonly Appended[]): number[] {
  return rows.map(({ position }) => Number(position));
}

/** One event goes as it is: PostgreSQL would take a third of the append's time to read it out of an array. */
function appendOf(events: readonly EventDraft[]): [Statement, unknown[]] {
  const rows = events.map(toRow);
  const [only] = rows;
  return only && rows.length === 1 ? [APPEND_ONE, Object.values(only)] : [APPEND, [JSON.stringify(rows)]];
}

/** In the order of `append_event`. */
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
