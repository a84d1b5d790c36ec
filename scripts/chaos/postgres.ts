import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { openLog } from '../../src/lib/log.ts';
import { pause } from '../../src/lib/time.ts';
import { until } from '../../test/support/until.ts';

/** Few, so that they are soon taken; durable, so that what was committed is there after the restart. */
const SETTINGS = { max_connections: '70', fsync: 'on', synchronous_commit: 'on' };
const HURRY = { connectionTimeoutMillis: 2000 };

/** A PostgreSQL of one's own, to be broken. */
export class Postgres implements AsyncDisposable {
  readonly #directory: string;
  #server: EmbeddedPostgres;

  constructor(directory: string, server: EmbeddedPostgres) {
    this.#directory = directory;
    this.#server = server;
  }

  static async open(directory: string): Promise<Postgres> {
    return new Postgres(directory, await launch(directory));
  }

  /** Connection string under a name that its sessions then show. The same after every start. */
  url(application: string): string {
    const url = new URL(this.#server.url);
    url.searchParams.set('application_name', application);
    return url.href;
  }

  /** `pg_ctl stop --mode=immediate` and a start: no checkpoint, everybody is thrown out, the log is replayed. */
  async restart(): Promise<void> {
    const lock = await readFile(join(this.#directory, 'data', 'postmaster.pid'), 'utf8');
    const postmaster = Number.parseInt(lock, 10);
    process.kill(postmaster, 'SIGQUIT');
    await until('PostgreSQL is gone', () => !isAlive(postmaster), { timeout: 30_000 });
    this.#server = await launch(this.#directory);
  }

  /** Ends every session of the processes under test. */
  async killBackends(): Promise<void> {
    await this.#once(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'process-%'`,
    );
  }

  /** Takes every connection there is for so long, those of the processes under test with them. */
  async exhaust(milliseconds: number): Promise<void> {
    const taken: pg.Client[] = [];
    const take = async () => {
      const client = new pg.Client({ connectionString: this.url('hog'), ...HURRY });
      client.on('error', () => undefined);
      await client.connect();
      taken.push(client);
    };
    const began = performance.now();
    await this.killBackends();
    while (performance.now() - began < milliseconds) {
      await Promise.all(Array.from({ length: 8 }, take)).catch(() => pause(20));
    }
    await Promise.all(taken.map((client) => client.end().catch(() => undefined)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async #once(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('chaos'), ...HURRY });
    client.on('error', () => undefined);
    await client.connect();
    await client.query(text);
    await client.end();
  }
}

function launch(directory: string) {
  return startEmbeddedPostgres({ directory, log: openLog({ level: 'error' }), settings: SETTINGS });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
