import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openLog } from '../../src/lib/log.ts';
import { TEST_SETTINGS } from './postgres.ts';
import { openServerDirectory } from './server-directory.ts';

/** A whole PostgreSQL server of one's own, to be stopped, started and killed. Takes a second: use it where needed. */
export interface TestServer extends AsyncDisposable {
  /** Connection string of a migrated database; the same after every start. */
  readonly url: string;
  /** Ends all connections and stops. */
  stop(): Promise<void>;
  /** `kill -9`: nothing is written, nobody is told. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Starts a server with its own system identifier; `settings` go over those of the tests. */
export async function openTestServer(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const directory = await openServerDirectory();
  const postgres = join(directory.path, 'postgres');
  const log = openLog({ level: 'warn' });
  const launch = (): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({ directory: postgres, log, settings: { ...TEST_SETTINGS, ...settings } });
  let server = await launch();
  await migrate({ url: server.url, log });
  return {
    url: server.url,
    stop: async () => server[Symbol.asyncDispose](),
    kill: () => killAll(server.url, postgres),
    start: async () => {
      server = await launch();
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** First the postmaster, which would start anew, then everybody: a backend on its own would still finish its work. */
async function killAll(url: string, directory: string): Promise<void> {
  const pids = await backends(url);
  const lock = await readFile(join(directory, 'data', 'postmaster.pid'), 'utf8');
  for (const pid of [Number.parseInt(lock, 10), ...pids]) process.kill(pid, 'SIGKILL');
}

async function backends(url: string): Promise<number[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
  );
  await client.end();
  return rows.map((row) => row.pid);
}
