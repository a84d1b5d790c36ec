import { type Queries, sql } from '../db/database.ts';
import { DIALOG_COLUMNS } from './columns.ts';
import type { Activity, Dialog, SeenEntry } from './model.ts';
import { ACTIVITY, seenEntries } from './read-queries.ts';
import {
  type Bind,
  conditionsOf,
  type Leads,
  leadsOf,
  orderOf,
  rangesOf,
  type Search,
} from './search-condition-queries.ts';
import { type Place, placeOf } from './search-order.ts';

/** A dialog as lists show it. */
export interface ListedDialog extends Dialog {
  readonly latestActivity: Activity | null;
  /** The entries since the last change. */
  readonly seenLog: readonly SeenEntry[];
}

/** What one look found, and where the next one begins. */
export interface Look {
  /** In order. */
  readonly found: readonly ListedDialog[];
  /** The last place that was looked at; undefined when there was none. */
  readonly end: Place | undefined;
  /** Something may stand behind it. */
  readonly more: boolean;
}

/** What lists show of the dialogs of a page, which is called d. */
export const LISTED = `${DIALOG_COLUMNS},
  ${seenEntries('s.seen_at >= least(d.updated_at, d.content_updated_at)')} AS "seenLog",
  (SELECT ${ACTIVITY} FROM activity a WHERE a.dialog = d.id
    ORDER BY a.created_at DESC, a.id DESC LIMIT 1) AS "latestActivity"`;

/** One page, in order. Every lead is read along its own index and no further than the page. */
export async function searchDialogs(queries: Queries, search: Search): Promise<Look> {
  const { bind, run } = statement(queries);
  const page = walk(search, leadsOf(search, bind), { limit: search.limit, bind });
  const found = await run<ListedDialog>(
    `WITH page AS (${page}) SELECT ${LISTED} FROM page d ORDER BY ${orderOf(search.order)}`,
  );
  return lookAt(found, search);
}

/** The first dialogs of these leads that are asked for, in order. */
export function walk(
  search: Search,
  { source, match, rest }: Leads,
  { limit, bind }: { readonly limit: number; readonly bind: Bind },
): string {
  const where = [match, ...conditionsOf(rest, bind)].join(' AND ');
  const end = `ORDER BY ${orderOf(search.order)} LIMIT ${bind(limit)}`;
  const ranges = rangesOf(search, bind).map(
    (range) => `(SELECT d.* FROM dialog d WHERE ${where} AND ${range} ${end})`,
  );
  return `SELECT d.* FROM ${source} CROSS JOIN LATERAL (${ranges.join(' UNION ALL ')}) AS d ${end}`;
}

export function lookAt(found: readonly ListedDialog[], { order, limit }: Search): Look {
  const last = found.at(-1);
  return { found, end: last && placeOf(last, order), more: found.length === limit };
}

/** A statement whose text differs with the filter. It has no name: it would be kept for every text there ever was. */
export function statement(queries: Queries) {
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const run = <Row extends object>(text: string): Promise<Row[]> => queries.query<Row>(sql('', text), values);
  return { bind, run };
}
