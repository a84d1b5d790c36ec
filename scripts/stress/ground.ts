import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database, sql } from '../../src/db/database.ts';
import { startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';
import { Disposals } from '../../src/lib/disposals.ts';
import { openLog } from '../../src/lib/log.ts';

/** Dialogs of the run; the lower half of them belongs to the first resource. */
export const DIALOGS = 200;
export const RESOURCES = ['urn:altinn:resource:one', 'urn:altinn:resource:other'] as const;

export function resourceOf(dialog: number): string {
  return RESOURCES[dialog < DIALOGS / 2 ? 0 : 1];
}

/** A table with a row per dialog, to be locked, and one that strangers write. */
const SETUP = [
  `CREATE SCHEMA stress`,
  `CREATE TABLE stress.dialog (id integer PRIMARY KEY, change bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50)`,
  `INSERT INTO stress.dialog (id) SELECT generate_series(0, ${DIALOGS - 1})`,
  `CREATE TABLE stress.stranger (at timestamptz NOT NULL)`,
];

/** Everything that has been drawn counts as decided: what \`position > cursor\` reads. */
const NO_HORIZON = `CREATE OR REPLACE FUNCTION log_horizon(OUT horizon bigint, OUT head bigint) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  horizon := (1::bigint << 53) - 1;
  head := horizon;
END $$`;

export interface Ground extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
  readonly log: ReturnType<typeof openLog>;
  /** What the server has said in its own log. */
  serverLog(): Promise<string>;
}

export interface GroundOptions {
  /** Without the horizon. */
  readonly broken?: boolean;
  /** Of the server. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A server of its own on the disk, durable, with a migrated database and the tables of the run. */
export async function openGround({ broken = false, settings = {} }: GroundOptions): Promise<Ground> {
  const log = openLog({ level: 'warn' });
  const disposals = new Disposals();
  const folder = await mkdtemp(join(tmpdir(), 'budstikka-stress-'));
  disposals.defer(() => rm(folder, { recursive: true, force: true }));
  try {
    // Started by root, the server runs as somebody else, who must get in.
    await chmod(folder, 0o711);
    const directory = join(folder, 'postgres');
    const server = disposals.use(await startEmbeddedPostgres({ directory, log, settings }));
    await migrate({ url: server.url, log });
    const database = disposals.use(
      new Database({
        ...{ url: server.url, maxConnections: 30, applicationName: 'stress', log },
        ...{ connectTimeout: 10_000, statementTimeout: 60_000 },
      }),
    );
    for (const text of [...SETUP, ...(broken ? [NO_HORIZON] : [])]) await database.query(sql('', text));
    return {
      url: server.url,
      database,
      log,
      serverLog: () => readLogs(join(directory, 'log')),
      [Symbol.asyncDispose]: () => disposals[Symbol.asyncDispose](),
    };
  } catch (thrown) {
    await disposals[Symbol.asyncDispose]();
    throw thrown;
  }
}

async function readLogs(folder: string): Promise<string> {
  const names = await readdir(folder);
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
}
