import { realpath } from 'node:fs/promises';
import pg from 'pg';
import { Failure } from '../../lib/errors.ts';
import { monotonic, pause } from '../../lib/time.ts';
import { type Address, connectionStrings } from './address.ts';
import type { Files } from './files.ts';
import { findPostmaster } from './postmaster.ts';

/**
 * Who uses the server. Each process holds a shared lock in the database `postgres` for as long as it uses the server;
 * who is the last to let go stops it. A process that was killed holds nothing, so what it left behind can be taken over
 * and stopped by the next one.
 */
const USE = '0, 0';

/** How long a server that has been started by somebody may take until it answers, in milliseconds. */
const ANSWER_TIMEOUT = 60_000;

/** One process's use of a running server. */
export class Hold implements AsyncDisposable {
  readonly address: Address;
  readonly #files: Files;
  #client: pg.Client;

  constructor(files: Files, address: Address, client: pg.Client) {
    this.#files = files;
    this.address = address;
    this.#client = client;
  }

  /** Ends the use. True: nobody else uses the server, nobody can begin to until this is disposed, and it must be stopped. */
  async release(): Promise<boolean> {
    try {
      await this.#client.query(`SELECT pg_advisory_unlock_shared(${USE})`);
    } catch {
      // The server has crashed since, and the lock went with it. If nobody answers, nobody uses it.
      const again = await connect(this.#files, this.address).catch(() => undefined);
      if (!again) return true;
      this.#client = again;
    }
    const [state] = await rows<{ last: boolean }>(
      this.#client,
      `SELECT pg_try_advisory_lock(${USE}) AS last`,
    );
    return state?.last === true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end();
  }
}

/** Begins to use the server that runs on the files. Undefined when none does, or not any more. */
export async function holdServer(files: Files): Promise<Hold | undefined> {
  const deadline = monotonic() + ANSWER_TIMEOUT;
  let cause: unknown;
  for (;;) {
    const postmaster = await findPostmaster(files);
    if (!postmaster) return undefined;
    if (monotonic() > deadline) {
      throw new Failure('database-start', {
        detail: `Process ${postmaster.pid} serves ${files.data} but does not answer; end it and start again.`,
        cause,
      });
    }
    try {
      const hold = postmaster.address && (await tryHold(files, postmaster.address));
      if (hold) return hold;
    } catch (thrown) {
      cause = thrown;
    }
    await pause(20);
  }
}

async function tryHold(files: Files, address: Address): Promise<Hold | undefined> {
  const client = await connect(files, address);
  const held = await takeLock(files, client).catch(async (thrown: unknown) => {
    await client.end();
    throw thrown;
  });
  if (held) return new Hold(files, address, client);
  // It is another's, or its last user is stopping it.
  await client.end();
  return undefined;
}

async function takeLock(files: Files, client: pg.Client): Promise<boolean> {
  const [server] = await rows<{ directory: string }>(
    client,
    `SELECT current_setting('data_directory') AS directory`,
  );
  if (!server || (await realpath(server.directory)) !== (await realpath(files.data))) return false;
  const [lock] = await rows<{ held: boolean }>(client, `SELECT pg_try_advisory_lock_shared(${USE}) AS held`);
  return lock?.held === true;
}

async function connect(files: Files, address: Address): Promise<pg.Client> {
  const databaseUrl = await connectionStrings(files, address);
  const client = new pg.Client({
    connectionString: databaseUrl('postgres'),
    application_name: 'budstikka (holds the server)',
    connectionTimeoutMillis: 5000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function rows<Row extends object>(client: pg.Client, text: string): Promise<Row[]> {
  return (await client.query<Row>(text)).rows;
}
