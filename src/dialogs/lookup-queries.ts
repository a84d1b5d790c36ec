import { type Queries, sql } from '../db/database.ts';

// One probe of dialog_resource for each.
const IN_USE = sql(
  'dialogs.resources-in-use',
  `SELECT u.urn FROM unnest($1::text[]) AS u(urn)
    WHERE EXISTS (SELECT FROM dialog d WHERE d.service_resource = u.urn)`,
);

/** Of these service resources, those that some dialog belongs to. */
export async function resourcesInUse(queries: Queries, urns: readonly string[]): Promise<string[]> {
  const rows = await queries.query<{ urn: string }>(IN_USE, [urns]);
  return rows.map(({ urn }) => urn);
}

// By dialog_owner_labels.
const LABELLED = sql(
  'dialogs.labelled',
  `SELECT d.id FROM dialog d
    WHERE d.owner_labels @> ARRAY[$1::text] AND d.owner_labels <> '{}'
      AND ($2::text IS NULL AND d.deleted_at IS NULL OR d.owner = $2)
    ORDER BY d.id DESC LIMIT 1`,
);

/** The newest dialog with this service owner label: of one owner, deleted or not; or of anybody, when it is there. */
export async function newestLabelled(
  queries: Queries,
  label: string,
  owner: string | undefined,
): Promise<string | undefined> {
  const [row] = await queries.query<{ id: string }>(LABELLED, [label, owner ?? null]);
  return row?.id;
}
