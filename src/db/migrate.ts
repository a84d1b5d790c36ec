import pg from 'pg';
import { Failure, toError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { pause } from '../lib/time.ts';
import { type Migration, MIGRATIONS, migrationFailed, readMigrations } from './migration-files.ts';

export interface MigrateOptions {
  readonly url: string;
  readonly log: Log;
  /** Where the files are; those of this program unless given. */
  readonly folder?: URL;
  /** Ends the wait for another process that migrates. */
  readonly signal?: AbortSignal;
}

/** What the database remembers of a migration. */
type Applied = Pick<Migration, 'number' | 'name' | 'checksum' | 'breaking'>;

/** Milliseconds that a connection may be waited for. */
const CONNECT_MOST = 10_000;

/** Milliseconds between two looks at the lock. */
const LOCK_POLL = 100;

/** PostgreSQL 15. */
const OLDEST_SERVER = 150_000;

/**
 * Brings the database to this program's migrations: forward only, in the order of their numbers, each in a transaction
 * of its own. Any number of processes may do so at once.
 *
 * A database with migrations that this program does not know is used as it is, unless one of them is breaking.
 *
 * @returns the names of those that this call applied.
 * @throws Failure `migration-failed`, `database-newer`, `database-unavailable`.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const known = await readMigrations(options.folder ?? MIGRATIONS);
  const client = new pg.Client({
    connectionString: options.url,
    application_name: 'budstikka migrate',
    connectionTimeoutMillis: CONNECT_MOST,
  });
  client.on('error', () => undefined);
  await client.connect().catch((cause: unknown) => {
    const detail = `PostgreSQL does not let this program in: ${toError(cause).message}`;
    throw new Failure('database-unavailable', { detail, cause });
  });
  try {
    await assertServer(client);
    await lock(client, options);
    await client.query(BOOK);
    const pending = plan(known, await readBook(client));
    for (const migration of pending) {
      await (migration.alone ? applyAlone : applyInTransaction)(client, migration);
      options.log.info({ migration: migration.name }, 'a migration was applied');
    }
    return { applied: pending.map((migration) => migration.name) };
  } finally {
    // The lock goes with the connection.
    await client.end();
  }
}

const BOOK = `CREATE TABLE IF NOT EXISTS migration (
  number      integer     PRIMARY KEY,
  name        text        NOT NULL,
  checksum    text        NOT NULL,
  breaking    boolean     NOT NULL,
  applied_at  timestamptz NOT NULL DEFAULT clock_timestamp()
)`;

async function assertServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: string; version: string }>(
    `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS version`,
  );
  const [server] = rows;
  if (server && Number(server.number) >= OLDEST_SERVER) return;
  throw new Failure('migration-failed', {
    detail: `This is PostgreSQL ${server?.version}; it must be 15 or later.`,
  });
}

/**
 * Asked for again and again instead of waited for: a waiting statement holds a snapshot, and an index that is built
 * concurrently waits for every snapshot, so the two would wait for each other.
 */
async function lock(client: pg.Client, { signal, log }: MigrateOptions): Promise<void> {
  for (let looks = 0; ; looks++) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock(1, 0) AS taken');
    if (rows[0]?.taken) return;
    if (looks === 0) log.info('another process migrates the database; it is waited for');
    await pause(LOCK_POLL, signal);
    signal?.throwIfAborted();
  }
}

async function readBook(client: pg.Client): Promise<Applied[]> {
  const { rows } = await client.query<Applied>(
    'SELECT number, name, checksum, breaking FROM migration ORDER BY number',
  );
  return rows;
}

/** What is still to be applied, after a look at what has been. */
function plan(known: readonly Migration[], applied: readonly Applied[]): Migration[] {
  for (const past of applied) {
    const file = known.find((migration) => migration.number === past.number);
    if (file && file.checksum !== past.checksum) {
      throw migrationFailed(past.name, 'it was changed after it had been applied; write a new one instead');
    }
    if (!file && past.breaking) {
      throw new Failure('database-newer', {
        detail: `The database has migration ${past.name}, which this version does not know and cannot work with: start the newer version.`,
      });
    }
  }
  const last = applied.at(-1)?.number ?? 0;
  const pending = known.filter((migration) => !applied.some((past) => past.number === migration.number));
  const late = pending.find((migration) => migration.number < last);
  if (late) throw migrationFailed(late.name, `its number lies before ${last}, which has been applied`);
  return pending;
}

async function applyInTransaction(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    // Before all else: behind a pooler the session's lock may not hold, and then a second process stops at this key.
    await claim(client, migration);
    await client.query(migration.text);
    await client.query('COMMIT');
  } catch (thrown) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw migrationFailed(migration.name, describe(thrown, migration.text), thrown);
  }
}

/** Claimed at the end: a process that dies on the way has claimed nothing, and the next one repeats the statements. */
async function applyAlone(client: pg.Client, migration: Migration): Promise<void> {
  try {
    for (const statement of migration.text.split(/(?<=;)\n/)) await client.query(statement);
    await claim(client, migration);
  } catch (thrown) {
    throw migrationFailed(migration.name, toError(thrown).message, thrown);
  }
}

async function claim(client: pg.Client, { number, name, checksum, breaking }: Migration): Promise<void> {
  await client.query('INSERT INTO migration (number, name, checksum, breaking) VALUES ($1, $2, $3, $4)', [
    number,
    name,
    checksum,
    breaking,
  ]);
}

/** The error with the line of the file that PostgreSQL points at. */
function describe(thrown: unknown, text: string): string {
  const position = thrown instanceof pg.DatabaseError ? Number(thrown.position) : Number.NaN;
  const line = Number.isNaN(position) ? '' : `line ${text.slice(0, position).split('\n').length}: `;
  return line + toError(thrown).message;
}
