import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../scripts/free-port.ts';
import { readConfig } from '../../src/config.ts';
import { openLog } from '../../src/lib/log.ts';
import { startPlatform } from '../../src/platform.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

/** The whole system in development mode, on a database and a port of the test's own. */
export interface TestPlatform extends AsyncDisposable {
  readonly base: string;
  readonly db: TestDatabase;
  /** A token of the development issuer: `token('GetPersonalToken', { pid, scopes })`. */
  token(kind: string, query: Record<string, string>): Promise<string>;
  /** A request with a token, to a path of the platform. */
  call(
    token: string,
    path: string,
    init?: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> },
  ): Promise<Response>;
}

export const TTD = { org: 'ttd', orgNo: '991825827' };
export const MANAGER = '08844397713';
export const COMPANY = 'urn:altinn:organization:identifier-no:310923044';
export const SERVICE = 'urn:altinn:resource:super-simple-service';

/** @param env settings over those of a test, without the prefix */
export async function startTestPlatform(env: Record<string, string> = {}): Promise<TestPlatform> {
  const db = await openTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'budstikka-'));
  const settings = {
    DATABASE_URL: db.url,
    DATA_DIR: dataDir,
    PORT: String(await freePort()),
    LEASE_MS: '2000',
    ...env,
  };
  const names = Object.entries(settings).map(([name, value]) => [`BUDSTIKKA_${name}`, value]);
  const config = readConfig(Object.fromEntries(names), 'dev');
  const platform = await startPlatform({ config, log: openLog({ level: 'silent' }) });
  const base = config.http.baseUrl;
  return {
    base,
    db,
    token: async (kind, query) =>
      (await fetch(`${base}/dev/token/${kind}?${new URLSearchParams(query)}`)).text(),
    call: (token, path, init = {}) =>
      fetch(`${base}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers },
      }),
    [Symbol.asyncDispose]: async () => {
      await platform[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true });
    },
  };
}
