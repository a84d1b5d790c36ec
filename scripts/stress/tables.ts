import { type Queries, sql } from '../../src/db/database.ts';

/** Rows and bytes, indexes and all, of one table. */
export interface TableSize {
  readonly rows: number;
  readonly bytes: number;
}

/** The log is what grows; everything else is asked about. */
const TABLES = sql(
  'stress.tables',
  `SELECT c.relname AS name, pg_total_relation_size(c.oid)::float8 AS bytes FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname !~ '^event_p\\d+$' ORDER BY c.relname`,
);
const LOG = sql(
  'stress.log-bytes',
  `SELECT sum(pg_total_relation_size(i.inhrelid))::float8 AS bytes FROM pg_inherits i WHERE i.inhparent = 'event'::regclass`,
);

/** Every table but the log, by name. */
export async function tableSizes(queries: Queries): Promise<Map<string, TableSize>> {
  const sizes = new Map<string, TableSize>();
  for (const { name, bytes } of await queries.query<{ name: string; bytes: number }>(TABLES)) {
    const [row] = await queries.query<{ rows: number }>(
      sql('', `SELECT count(*)::float8 AS rows FROM "${name}"`),
    );
    sizes.set(name, { bytes, rows: row!.rows });
  }
  return sizes;
}

export async function logBytes(queries: Queries): Promise<number> {
  const [row] = await queries.query<{ bytes: number }>(LOG);
  return row!.bytes;
}
