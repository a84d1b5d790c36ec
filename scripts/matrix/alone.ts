import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { Database } from '../../src/db/database.ts';
import { openLog } from '../../src/lib/log.ts';
import { type Played, play, type Setting } from '../../test/access/matrix/play.ts';
import { writeOpenRegistry } from '../../test/access/matrix/variants.ts';
import { startSystemProcess } from '../../test/access/system-process.ts';
import { Receiver } from '../../test/support/receiver.ts';

export interface Alone extends Pick<Setting, 'variants' | 'policyOf'> {
  /** Where the sources lie that are run; the repository unless given. */
  readonly root?: string;
}

/** Plays the tables on a database and a process of their own. */
export async function playAlone(server: string, { root, variants, policyOf }: Alone): Promise<Played[]> {
  await using folder = await writeOpenRegistry(variants);
  const databaseUrl = await createDatabase(server);
  await using process = await startSystemProcess({
    databaseUrl,
    env: { REGISTRY_DIR: folder.directory },
    ...(root !== undefined && { root }),
  });
  await using receiver = await Receiver.open();
  await using database = new Database({
    ...{ url: databaseUrl, maxConnections: 5, applicationName: 'matrix' },
    ...{ log: openLog({ level: 'warn' }), connectTimeout: 10_000, statementTimeout: 10_000 },
  });
  const system = { base: process.base, database };
  return await play({ system, receiver, variants, ...(policyOf && { policyOf }) });
}

async function createDatabase(server: string): Promise<string> {
  const name = `matrix_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${name}`);
  } finally {
    await admin.end();
  }
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
