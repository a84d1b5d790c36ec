import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { Failure } from '../lib/errors.ts';

/**
 * One file of `migrations/`: `000001_words.sql`. Its first line says `-- compatible` or `-- breaking`; a line
 * `-- no-transaction` may follow among the comments at its head.
 */
export interface Migration {
  readonly number: number;
  /** The file's name without `.sql`. */
  readonly name: string;
  /** SHA-256 of the text, hexadecimal. */
  readonly checksum: string;
  /** An older program cannot work with a database that has it. */
  readonly breaking: boolean;
  /**
   * Its statements run one by one outside a transaction, for what cannot run inside one. Each ends with a semicolon at
   * the end of a line, and bears being repeated: a process that dies in between leaves some of them done.
   */
  readonly alone: boolean;
  readonly text: string;
}

/** The folder beside `src`, and beside `dist` where the program is installed. */
export const MIGRATIONS = new URL('../../migrations/', import.meta.url);

const FILE_NAME = /^(\d{6})_[a-z0-9_]+\.sql$/;

/** All migrations in the order of their numbers. */
export async function readMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  const migrations = await Promise.all(names.map((name) => readMigration(folder, name)));
  const twin = migrations.find((migration, index) => migration.number === migrations[index - 1]?.number);
  if (twin) throw migrationFailed(twin.name, 'another file has the same number');
  return migrations;
}

async function readMigration(folder: URL, file: string): Promise<Migration> {
  const number = FILE_NAME.exec(file)?.[1];
  if (number === undefined) {
    throw migrationFailed(file, 'its name is not six digits, an underscore and lower-case words');
  }
  // Line ends differ between checkouts; the checksum must not.
  const text = (await readFile(new URL(file, folder), 'utf8')).replaceAll('\r\n', '\n');
  const kind = /^-- (compatible|breaking)\n/.exec(text)?.[1];
  if (kind === undefined) {
    throw migrationFailed(file, 'its first line is neither "-- compatible" nor "-- breaking"');
  }
  return {
    number: Number(number),
    name: file.slice(0, -'.sql'.length),
    checksum: createHash('sha256').update(text).digest('hex'),
    breaking: kind === 'breaking',
    alone: /^(--.*\n)+?-- no-transaction\n/.test(text),
    text,
  };
}

/** The failure of one migration; the reason completes "Migration NAME: ". */
export function migrationFailed(name: string, reason: string, cause?: unknown): Failure {
  return new Failure('migration-failed', { detail: `Migration ${name}: ${reason}.`, cause });
}
