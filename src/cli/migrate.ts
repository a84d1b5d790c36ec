import { migrate } from '../db/migrate.ts';
import { withDatabase } from './with-database.ts';

/** `budstikka migrate`: brings the database to this version, as `serve` does at its start. */
export async function migrateDatabase(): Promise<void> {
  const { applied } = await withDatabase(({ url, log }) => migrate({ url, log }));
  console.log(applied.length === 0 ? 'Nothing was to be done.' : applied.join('\n'));
}
