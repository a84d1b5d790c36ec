import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { Failure, toError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { pause } from '../lib/time.ts';

export interface MigrateOptions {
  readonly url: string;
  readonly log: Log;
  /** Where the files are; those of this program unless given. */
  readonly folder?: URL;
  /** Ends the wait for another process that migrates. */
  readonly signal?: AbortSignal;
}

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  /** An older program cannot work with a database that has it. */
  readonly breaking: boolean;
  /** Its statements run one by one, outside a transaction, and must bear being repeated. */
  readonly alone: boolean;
  readonly text: string;
}

type Applied = Pick<Migration, 'number' | 'name' | 'checksum' | 'breaking'>;

/** The folder beside `src`, and beside `dist` where the program is installed. */
const MIGRATIONS = new URL('../../migrations/', import.meta.url);

const FILE_NAME = /^(\d{6})_[a-z0-9_]+\.sql$/;

/** Milliseconds between two looks at the lock. */
const LOCK_POLL = 100;

/**
 * Brings the database to this program's migrations: forward only, each file in a transaction of its own, the files of
 * `migrations/` in the order of their numbers. Any number of processes may do so at once.
 *
 * A database with migrations that this program does not know is used as it is, unless one of them is breaking.
 *
 * @returns the names of the files that this call applied.
 * @throws Failure `migration-failed`, `database-newer`.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const known = await readMigrations(options.folder ?? MIGRATIONS);
  const client = new pg.Client({ connectionString: options.url, application_name: 'budstikka migrate' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await lock(client, options.signal);
    await client.query(BOOK);
    const pending = plan(known, await readBook(client));
    for (const migration of pending) {
      await apply(client, migration);
      options.log.info({ migration: migration.name }, 'a migration was applied');
    }
    return { applied: pending.map((migration) => migration.name) };
  } finally {
    // The lock goes with the connection.
    await client.end();
  }
}

/**
 * Asked for again and again instead of waited for: a waiting statement holds a snapshot, and an index that is built
 * concurrently waits for every snapshot, so the two would wait for each other.
 */
async function lock(client: pg.Client, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock(1, 0) AS taken');
    if (rows[0]?.taken) return;
    await pause(LOCK_POLL, signal);
    signal?.throwIfAborted();
  }
}

const BOOK = `CREATE TABLE IF NOT EXISTS migration (
  number      integer     PRIMARY KEY,
  name        text        NOT NULL,
  checksum    text        NOT NULL,
  breaking    boolean     NOT NULL,
  applied_at  timestamptz NOT NULL DEFAULT clock_timestamp()
)`;

async function readBook(client: pg.Client): Promise<Applied[]> {
  const { rows } = await client.query<Applied>(
    'SELECT number, name, checksum, breaking FROM migration ORDER BY number',
  );
  return rows;
}

/** What is still to be applied. */
function plan(known: readonly Migration[], applied: readonly Applied[]): Migration[] {
  const byNumber = new Map(known.map((migration) => [migration.number, migration]));
  for (const past of applied) {
    const file = byNumber.get(past.number);
    if (file && file.checksum !== past.checksum) {
      throw failed(past.name, 'it was changed after it had been applied; write a new one instead');
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
  if (late) throw failed(late.name, `its number lies before ${last}, which has been applied already`);
  return pending;
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    if (migration.alone) {
      for (const statement of migration.text.split(/;\s*$/m)) await client.query(statement);
      await claim(client, migration);
      return;
    }
    await client.query('BEGIN');
    await claim(client, migration);
    await client.query(migration.text);
    await client.query('COMMIT');
  } catch (thrown) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw failed(migration.name, describe(thrown, migration.text), thrown);
  }
}

/** Before all else: where the session's lock does not hold, behind a pooler, the second process stops at this key. */
async function claim(client: pg.Client, { number, name, checksum, breaking }: Migration): Promise<void> {
  await client.query('INSERT INTO migration (number, name, checksum, breaking) VALUES ($1, $2, $3, $4)', [
    number,
    name,
    checksum,
    breaking,
  ]);
}

function describe(thrown: unknown, text: string): string {
  const position = thrown instanceof pg.DatabaseError ? Number(thrown.position) : Number.NaN;
  const line = Number.isNaN(position) ? '' : `line ${text.slice(0, position).split('\n').length}: `;
  return line + toError(thrown).message;
}

function failed(name: string, reason: string, cause?: unknown): Failure {
  return new Failure('migration-failed', { detail: `Migration ${name}: ${reason}.`, cause });
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  const migrations = await Promise.all(names.map((name) => readMigration(folder, name)));
  const twin = migrations.find((migration, index) => migration.number === migrations[index - 1]?.number);
  if (twin) throw failed(twin.name, 'another file has the same number');
  return migrations;
}

/** The first line says `compatible` or `breaking`; a line `-- no-transaction` among the first comments is the header. */
async function readMigration(folder: URL, name: string): Promise<Migration> {
  const number = FILE_NAME.exec(name)?.[1];
  if (number === undefined)
    throw failed(name, 'its name is not six digits, an underscore and lower-case words');
  // Line ends differ between checkouts; the checksum must not.
  const text = (await readFile(new URL(name, folder), 'utf8')).replaceAll('\r\n', '\n');
  const kind = /^-- (compatible|breaking)$/m.exec(text.split('\n', 1)[0] ?? '')?.[1];
  if (kind === undefined) throw failed(name, 'its first line is neither "-- compatible" nor "-- breaking"');
  return {
    number: Number(number),
    name: name.slice(0, -'.sql'.length),
    checksum: createHash('sha256').update(text).digest('hex'),
    breaking: kind === 'breaking',
    alone: /^(--.*\n)*-- no-transaction$/m.test(text),
    text,
  };
}
