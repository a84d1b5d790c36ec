import { type Queries, type Statement, sql } from '../../db/database.ts';

/** Statements for one table of the registry; they differ in names only. */
interface TableNames {
  readonly kind: string;
  readonly table: string;
  /** The columns of the primary key; a key is their values with a space between. */
  readonly key: readonly string[];
  readonly columns: readonly string[];
  /** What a row that went gives up: all but its key, and whatever must be unique. */
  readonly emptied: string;
}

export interface RegistryTable {
  readonly audit: Statement;
  readonly empty: Statement;
  readonly write: Statement;
}

/** One difference between what is given and what is stored. */
export interface Difference {
  readonly key: string;
  readonly change: 'added' | 'changed' | 'removed';
}

/** Milliseconds: a whole register takes longer than what is changed for a request. */
const WHOLE_REGISTER_MS = 600_000;

export const resourceTable = registryTable({
  kind: 'resource',
  table: 'service_resource',
  key: ['identifier'],
  columns: ['document', 'type', 'org', 'owner', 'policy'],
  emptied: "document = '{}', policy = ''",
});

export const partyTable = registryTable({
  kind: 'party',
  table: 'party',
  key: ['urn'],
  columns: ['kind', 'name', 'party_id', 'party_uuid', 'user_id', 'belongs_to', 'document'],
  emptied:
    "name = '', party_id = NULL, party_uuid = gen_random_uuid(), user_id = NULL, belongs_to = NULL, document = '{}'",
});

export const grantTable = registryTable({
  kind: 'grant',
  table: 'access_grant',
  key: ['recipient', 'party'],
  columns: ['roles', 'access_packages', 'resources', 'instances', 'key_role', 'main_administrator'],
  emptied: "roles = '{}', access_packages = '{}', resources = '[]', instances = '[]'",
});

function registryTable(names: TableNames): RegistryTable {
  const { kind, table } = names;
  const key = names.key.map((column) => `r.${column}`).join(" || ' ' || ");
  const keyColumns = names.key.join(', ');
  const keyParts = names.key.map((_, index) => `split_part(k, ' ', ${index + 1})`).join(', ');
  const hasKey = (keys: string) =>
    `(${keyColumns}) IN (SELECT ${keyParts} FROM unnest(${keys}::text[]) AS k)`;
  const columns = [...names.key, ...names.columns];
  return {
    // Compared as jsonb made by the table's own types: neither the order of members nor a way of writing differs.
    audit: sql(
      `registry.${kind}.audit`,
      `WITH given AS (
         SELECT ${key} AS key, to_jsonb(r) - 'version' - 'deleted' AS row
           FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb) AS r
       ), stored AS (
         SELECT ${key} AS key, to_jsonb(r) - 'version' - 'deleted' AS row
           FROM ${table} AS r
          WHERE NOT r.deleted AND ($3::text[] IS NULL OR ${hasKey('$3')})
       )
       INSERT INTO access_audit (actor, kind, key, before, after)
       SELECT $2, '${kind}', key, stored.row, given.row
         FROM given FULL JOIN stored USING (key)
        WHERE given.row IS DISTINCT FROM stored.row
       RETURNING key, CASE WHEN before IS NULL THEN 'added' WHEN after IS NULL THEN 'removed' ELSE 'changed' END AS change`,
      WHOLE_REGISTER_MS,
    ),
    empty: sql(
      `registry.${kind}.empty`,
      `UPDATE ${table} SET ${names.emptied}, deleted = true, version = $2 WHERE ${hasKey('$1')}`,
      WHOLE_REGISTER_MS,
    ),
    write: sql(
      `registry.${kind}.write`,
      `INSERT INTO ${table} (${columns.join(', ')}, version, deleted)
       SELECT ${columns.map((column) => `r.${column}`).join(', ')}, $2, false
         FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb) AS r
       ON CONFLICT (${keyColumns}) DO UPDATE SET
         ${names.columns.map((column) => `${column} = excluded.${column}`).join(', ')},
         version = excluded.version, deleted = false`,
      WHOLE_REGISTER_MS,
    ),
  };
}

// Nothing waits for this one but its like.
const LOCK = sql(
  'registry.lock',
  `SELECT value, set_config('statement_timeout', '${WHOLE_REGISTER_MS}', true),
          set_config('idle_in_transaction_session_timeout', '1min', true)
     FROM version WHERE name = 'access' FOR UPDATE`,
);
const BUMP = sql('registry.bump', "SELECT bump_version('access') AS value");

/**
 * Waits until no other transaction changes registry, register or grants, and gives the access version. Versions are
 * thereby committed in order: whoever reads version n finds all rows of n and of every version before it.
 */
export async function lockAccessVersion(transaction: Queries): Promise<number> {
  const [row] = await transaction.query<{ value: string }>(LOCK);
  return Number(row?.value);
}

export async function bumpAccessVersion(transaction: Queries): Promise<number> {
  const [row] = await transaction.query<{ value: string }>(BUMP);
  return Number(row?.value);
}

/** Finds what differs between given and stored rows and writes it to the audit trail. */
export function differences(
  transaction: Queries,
  table: RegistryTable,
  given: {
    readonly rows: ReadonlyMap<string, object>;
    readonly keys?: readonly string[];
    readonly actor: string;
  },
): Promise<Difference[]> {
  const rows = JSON.stringify([...given.rows.values()]);
  return transaction.query<Difference>(table.audit, [rows, given.actor, given.keys ?? null]);
}

/** Marks rows as gone: they keep their key and carry the version, and give up everything else. */
export async function emptyRows(
  transaction: Queries,
  table: RegistryTable,
  gone: { readonly keys: readonly string[]; readonly version: number },
): Promise<void> {
  await transaction.query(table.empty, [gone.keys, gone.version]);
}

/** Writes whole rows, new ones and over old ones. */
export async function writeRows(
  transaction: Queries,
  table: RegistryTable,
  given: { readonly rows: readonly unknown[]; readonly version: number },
): Promise<void> {
  await transaction.query(table.write, [JSON.stringify(given.rows), given.version]);
}
