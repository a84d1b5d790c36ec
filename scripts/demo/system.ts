import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, environment, readConfig } from '../../src/config.ts';
import { startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { Disposals } from '../../src/lib/disposals.ts';
import { openLog } from '../../src/lib/log.ts';
import { startPlatform } from '../../src/platform.ts';
import { freePort } from '../free-port.ts';

/** A platform that runs, and its database. */
export interface System extends AsyncDisposable {
  readonly base: string;
  readonly databaseUrl: string;
}

const log = openLog({ level: 'warn' });

/** Starts the whole system with a database in a temporary folder. Nothing of it is left. */
export async function startSystem(): Promise<System> {
  const disposals = new Disposals();
  try {
    const directory = await mkdtemp(join(tmpdir(), 'budstikka-demo-'));
    disposals.defer(() => rm(directory, { recursive: true, force: true }));
    // Started by root, the database runs as somebody else, who must get in.
    await chmod(directory, 0o711);
    const settings = { BUDSTIKKA_DATA_DIR: directory, BUDSTIKKA_PORT: String(await freePort()) };
    const config = readConfig(settings, 'dev');
    disposals.use(await startPlatform({ config, log }));
    const databaseUrl = await databaseOf(config, disposals);
    return { base: config.http.baseUrl, databaseUrl, [Symbol.asyncDispose]: () => dispose(disposals) };
  } catch (thrown) {
    await dispose(disposals);
    throw thrown;
  }
}

/**
 * A system that runs already, as `budstikka dev` with this folder and environment: they say where its database is.
 * Throws when nobody answers there.
 */
export async function joinSystem(base: string): Promise<System> {
  await fetch(`${base}/health/readiness`).catch((thrown: unknown) => {
    throw new Error(`nobody answers on ${base}`, { cause: thrown });
  });
  const disposals = new Disposals();
  const databaseUrl = await databaseOf(readConfig(environment, 'dev'), disposals);
  return { base, databaseUrl, [Symbol.asyncDispose]: () => dispose(disposals) };
}

/** The embedded database is shared by those who ask for it, and runs until the last of them is done. */
async function databaseOf(config: Config, disposals: Disposals): Promise<string> {
  if (config.database.url !== undefined) return config.database.url;
  const directory = join(config.platform.dataDirectory, 'postgres');
  return disposals.use(await startEmbeddedPostgres({ directory, log })).url;
}

function dispose(disposals: Disposals): Promise<void> {
  return disposals[Symbol.asyncDispose]();
}
