import { type Queries, sql } from '../db/database.ts';
import type { LogRow } from '../events/event.ts';

const ASKED = sql(
  'delivery.asked-letters',
  `SELECT DISTINCT subscription FROM dead_letter
    WHERE subscription = ANY ($1::integer[]) AND asked_at IS NOT NULL AND settled_at IS NULL`,
);

/** Those of the subscriptions that have dead letters which are to be sent again. */
export async function readAsking(queries: Queries, ids: readonly number[]): Promise<Set<number>> {
  const rows = await queries.query<{ subscription: number }>(ASKED, [ids]);
  return new Set(rows.map(({ subscription }) => subscription));
}

const UNSETTLED = sql(
  'delivery.unsettled-letters',
  `SELECT subscription, position FROM dead_letter
    WHERE subscription = ANY ($1::integer[]) AND position = ANY ($2::bigint[]) AND settled_at IS NULL`,
);

/** Dead letters at these positions that are not settled, as `subscription position`. */
export async function readUnsettled(
  queries: Queries,
  ids: readonly number[],
  positions: readonly number[],
): Promise<Set<string>> {
  const rows = await queries.query<{ subscription: number; position: string }>(UNSETTLED, [ids, positions]);
  return new Set(rows.map((row) => `${row.subscription} ${row.position}`));
}

const LETTERS = sql(
  'delivery.letters',
  `SELECT position, order_key, event_id, type, resource, resource_instance, bytes, attempts FROM dead_letter
    WHERE subscription = $1 AND position > $2 AND asked_at IS NOT NULL AND settled_at IS NULL ORDER BY position LIMIT $3`,
);

interface LetterRow {
  readonly position: string;
  readonly order_key: string;
  readonly event_id: string;
  readonly type: string;
  readonly resource: string;
  readonly resource_instance: string | null;
  readonly bytes: string;
  readonly attempts: number;
}

/** A dead letter that is to be sent again, with the event as it was in the log. */
export interface AskedLetter {
  readonly row: LogRow;
  readonly orderKey: string;
  readonly attempts: number;
}

/** Dead letters of a subscription that are to be sent again, from a position on, so many at most. */
export async function readAskedLetters(
  queries: Queries,
  subscription: number,
  page: { readonly after: number; readonly most: number },
): Promise<AskedLetter[]> {
  return (await queries.query<LetterRow>(LETTERS, [subscription, page.after, page.most])).map(toLetter);
}

/** What is not kept beside the bytes stands in them. */
function toLetter(letter: LetterRow): AskedLetter {
  const { source = '', subject = null } = JSON.parse(letter.bytes) as { source?: string; subject?: string };
  const row: LogRow = {
    ...{ audience: 'all', owner: '', change: null, dialogSequence: null, trace: null, source, subject },
    ...{ position: Number(letter.position), id: letter.event_id, type: letter.type, bytes: letter.bytes },
    ...{ resource: letter.resource, resourceInstance: letter.resource_instance },
  };
  return { row, orderKey: letter.order_key, attempts: letter.attempts };
}
