import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openLog } from '../../src/lib/log.ts';
import { openServerDirectory, sweepServerDirectories } from './server-directory.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgres: {
      /** Connection string of a database of the run's server. */
      readonly url: string;
      /** Name of a migrated database to copy from; nobody connects to it. */
      readonly template: string;
    };
  }
}

/** A commit is still a commit and survives `kill -9`; only a failure of the machine is not survived. */
export const TEST_SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  max_wal_size: '256MB',
};

const TEMPLATE = 'template_migrated';

/** Starts one server for the whole run, with a template that every test's own database is copied from. */
export default async function startServer(project: TestProject): Promise<() => Promise<void>> {
  await sweepServerDirectories();
  const directory = await openServerDirectory();
  const log = openLog({ level: 'warn' });
  const server = await startEmbeddedPostgres({
    directory: join(directory.path, 'postgres'),
    log,
    settings: TEST_SETTINGS,
  });
  await createDatabase(server.url, TEMPLATE);
  await migrate({ url: server.databaseUrl(TEMPLATE), log });
  project.provide('postgres', { url: server.url, template: TEMPLATE });
  return async () => {
    await server[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  };
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
}
