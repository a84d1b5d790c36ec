import { type Database, sql } from '../../src/db/database.ts';

const attemptsOf = sql(
  'demo.attempts',
  `SELECT l.state
     FROM delivery_log l
     JOIN event e ON e.position = ANY (l.positions)
    WHERE l.subscription = $1 AND e.resource_instance = $2
    ORDER BY l.at`,
);

/** What the delivery log says of a dialog's events and one subscription: `delivered`, `withheld`, `failed`, … */
export async function deliveriesOf(
  database: Database,
  subscription: number,
  dialog: string,
): Promise<readonly string[]> {
  const rows = await database.query<{ state: string }>(attemptsOf, [subscription, dialog]);
  return rows.map(({ state }) => state);
}
