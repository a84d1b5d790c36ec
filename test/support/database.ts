import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { Database, type DatabaseOptions } from '../../src/db/database.ts';
import { openLog } from '../../src/lib/log.ts';
import { until } from './until.ts';

/** A database that belongs to one test or test file. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
}

/**
 * Copies a database from the migrated template, or makes an empty one; `await using db = await openTestDatabase()`.
 * Disposal fails when somebody still has a connection to it, and drops it in any case.
 */
export async function openTestDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const { url: server, template: migratedTemplate } = inject('postgres');
  const template = migrated ? migratedTemplate : 'template0';
  const name = `test_${randomBytes(6).toString('hex')}`;
  // Half as long as WAL_LOG for a database of this size, and a tenth when it is dropped.
  await administer(server, (admin) =>
    admin.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`),
  );
  const url = new URL(server);
  url.pathname = `/${name}`;
  const database = openDatabase(url.href);
  return {
    url: url.href,
    database,
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await administer(server, (admin) => drop(admin, name));
    },
  };
}

/** The house's own Database on any url, with limits that suit a test unless given. */
export function openDatabase(url: string, limits: Partial<DatabaseOptions> = {}): Database {
  return new Database({
    url,
    maxConnections: 10,
    applicationName: 'test',
    log: openLog({ level: 'silent' }),
    connectTimeout: 10_000,
    statementTimeout: 20_000,
    ...limits,
  });
}

async function administer(url: string, work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

async function drop(admin: pg.Client, name: string): Promise<void> {
  try {
    // A connection that was closed a moment ago may still be on the list.
    await until('nobody was connected to the test database', () => assertDeserted(admin, name), {
      timeout: 3000,
    });
  } finally {
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  }
}

async function assertDeserted(admin: pg.Client, name: string): Promise<true> {
  const { rows } = await admin.query<{ application_name: string; query: string }>(
    `SELECT application_name, query FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`,
    [name],
  );
  if (rows.length > 0) throw new Error(`still connected: ${JSON.stringify(rows)}`);
  return true;
}
