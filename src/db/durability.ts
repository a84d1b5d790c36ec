import { Failure } from '../lib/errors.ts';
import { type Queries, sql } from './database.ts';

const SETTING = sql('db.durability', `SELECT current_setting('synchronous_commit') AS value`);

/** Values under which a commit that has been answered survives a crash of the server. */
const DURABLE: ReadonlySet<string> = new Set(['on', 'remote_apply']);

/**
 * Refuses a database that answers a commit before it is on disk: what subscribers were told would then be forgotten.
 *
 * @throws Failure `database-start`
 */
export async function demandDurability(queries: Queries): Promise<void> {
  const [row] = await queries.query<{ value: string }>(SETTING);
  if (row && DURABLE.has(row.value)) return;
  throw new Failure('database-start', {
    detail: `synchronous_commit is ${row?.value}: set it to on for this database or this user.`,
  });
}
