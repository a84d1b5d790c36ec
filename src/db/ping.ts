import { type Queries, sql } from './database.ts';

const PING = sql('db.ping', 'SELECT 1');

/** Whether the database answers. */
export async function ping(queries: Queries): Promise<boolean> {
  return queries.query(PING).then(
    () => true,
    () => false,
  );
}
