import { type Queries, sql } from '../db/database.ts';

/** Service resources that a list names at most. */
const MOST_RESOURCES = 10_000;

// One probe of dialog_resource for each, from one to the next.
const IN_USE = sql(
  'dialogs.resources-in-use',
  `WITH RECURSIVE used (urn) AS (
     (SELECT d.service_resource FROM dialog d ORDER BY d.service_resource LIMIT 1)
     UNION ALL
     SELECT (SELECT d.service_resource FROM dialog d WHERE d.service_resource > u.urn
              ORDER BY d.service_resource LIMIT 1)
       FROM used u WHERE u.urn IS NOT NULL)
   SELECT u.urn FROM used u WHERE u.urn IS NOT NULL LIMIT ${MOST_RESOURCES}`,
);

/** The service resources that some dialog belongs to. */
export async function resourcesInUse(queries: Queries): Promise<string[]> {
  return (await queries.query<{ urn: string }>(IN_USE)).map(({ urn }) => urn);
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
