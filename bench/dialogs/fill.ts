import { type Database, type Queries, sql } from '../../src/db/database.ts';

export const FEW = 1000;
export const MANY = 1_000_000;

/** Dialogs of each party, and parties of each service resource, where there are many. */
const OF_PARTY = 1000;
const RESOURCES = 50;
/** Rows of one statement. */
const BATCH = 50_000;

export interface Filling {
  readonly count: number;
  /** SQL of a JSON object: columns in which dialog n of the template t differs further; $3 is the number of parties. */
  readonly more?: string;
}

/** Columns in which one dialog differs from the next; everything else is copied. */
const dialogs = (more: string) => `
  SELECT made.* FROM dialog t, generate_series($2::integer, $5::integer) n,
  LATERAL jsonb_populate_record(t, jsonb_build_object(
    'id', overlay(gen_random_uuid()::text PLACING '0190' FROM 1), 'revision', gen_random_uuid(),
    'end_user_context_revision', gen_random_uuid(), 'owner_context_revision', gen_random_uuid(),
    'party', CASE WHEN n % $3 = 0 THEN t.party ELSE t.party || (n % $3) END,
    'service_resource', CASE WHEN n % $3 % $4 = 0 THEN t.service_resource ELSE t.service_resource || (n % $3 % $4) END,
    'created_at', t.created_at - n * interval '1 second', 'updated_at', t.updated_at - n * interval '1 second',
    'content_updated_at', t.content_updated_at - n * interval '1 second') || ${more}) made
  WHERE t.id = $1`;

const fillWith = (more: string) =>
  sql(
    '',
    `WITH made AS (INSERT INTO dialog ${dialogs(more)} RETURNING id, created_at),
        seen AS (INSERT INTO seen_log (dialog, id, seen_at, seen_by, via_owner)
                 SELECT id, gen_random_uuid(), created_at, 'urn:altinn:person:identifier-no:08844397713', false
                   FROM made)
   INSERT INTO activity (dialog, id, type, transmission, document, created_at)
   SELECT m.id, gen_random_uuid(), a.type, a.transmission, a.document, m.created_at
     FROM made m, activity a WHERE a.dialog = $1`,
  );

/** Copies the dialog that the command wrote, each copy with an activity and a reading, over parties and resources. */
export async function fill(
  database: Database,
  template: string,
  { count, more = `'{}'::jsonb` }: Filling,
): Promise<void> {
  const statement = fillWith(more);
  const parties = Math.ceil(count / OF_PARTY);
  for (let from = 1; from < count; from += BATCH) {
    const to = Math.min(from + BATCH, count) - 1;
    await database.transaction(async (transaction) => {
      // Not to look up for each activity that its dialog is there.
      await transaction.query(sql('', 'SET LOCAL session_replication_role = replica'));
      await transaction.query(statement, [template, from, parties, RESOURCES, to]);
    });
  }
  await database.query(sql('', 'VACUUM (ANALYZE) dialog, activity, seen_log, event'));
}

/** What every dialog has of its own. */
const OWN = `'{id, revision, end_user_context_revision, owner_context_revision, party, service_resource, created_at,
  updated_at, content_updated_at}'::text[]`;

const DIFFERENCES = sql(
  'bench.differences',
  `SELECT DISTINCT a.key FROM dialog t, dialog d, jsonb_each(to_jsonb(t)) a, jsonb_each(to_jsonb(d)) b
    WHERE t.id = $1 AND d.id IN (SELECT id FROM dialog WHERE id <> $1 ORDER BY id LIMIT 100)
      AND a.key = b.key AND (jsonb_typeof(a.value) <> jsonb_typeof(b.value)
                             OR (a.value <> b.value AND NOT a.key = ANY (${OWN})))`,
);

/** Columns in which a filled dialog is not as the command writes it. */
export async function differencesOf(
  queries: Queries,
  template: string,
  varied: readonly string[] = [],
): Promise<string[]> {
  const keys = (await queries.query<{ key: string }>(DIFFERENCES, [template])).map(({ key }) => key);
  return keys.filter((key) => !varied.includes(key));
}
