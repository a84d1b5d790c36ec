import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../scripts/free-port.ts';
import { describeRun, type ResultRow, type Results } from '../../scripts/stress/results.ts';
import { readConfig } from '../../src/config.ts';
import { Database, sql } from '../../src/db/database.ts';
import { startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { Disposals } from '../../src/lib/disposals.ts';
import { openLog } from '../../src/lib/log.ts';
import { pause } from '../../src/lib/time.ts';
import { startPlatform } from '../../src/platform.ts';

const SUBSCRIPTIONS = 10_000;
const BAR = 1;
/** Until everybody has settled down, and for how long it is watched, in seconds. */
const [SETTLE, WATCH] = [30, 120];

const MAKE = sql(
  'bench.make-subscriptions',
  `INSERT INTO subscription (endpoint, resource_filter, consumer, created_by, identity, validated, start_position,
                             fingerprint, version)
   SELECT 'http://127.0.0.1:9/' || n, 'urn:altinn:resource:bench-' || n % 100, '/organisation/991825827',
          '/organisation/991825827', '{"scopes":[],"level":3}', true, 0, sha256(n::text::bytea), v.value
     FROM generate_series(1, ${SUBSCRIPTIONS}) n, (SELECT bump_version('subscription') AS value) v`,
);
const RESET = sql('', 'SELECT pg_stat_statements_reset()');
const CALLS = sql(
  'bench.calls',
  `SELECT sum(calls)::float8 AS calls FROM pg_stat_statements
    WHERE query !~ 'pg_stat_statements' AND query !~* '^(BEGIN|COMMIT|ROLLBACK|SET)\\y'`,
);
const MOST = sql(
  'bench.most-called',
  `SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 70) AS query, calls::float8 FROM pg_stat_statements
    WHERE query !~ 'pg_stat_statements' ORDER BY calls DESC LIMIT 8`,
);

/** What a whole process asks its database while nothing happens and ten thousand subscriptions wait. */
export async function benchIdle(): Promise<Results> {
  await using disposals = new Disposals();
  const log = openLog({ level: 'warn' });
  const folder = await mkdtemp(join(tmpdir(), 'budstikka-bench-'));
  disposals.defer(() => rm(folder, { recursive: true, force: true }));
  // Started by root, the server runs as somebody else, who must get in.
  await chmod(folder, 0o711);
  const settings = { shared_preload_libraries: 'pg_stat_statements' };
  const server = disposals.use(
    await startEmbeddedPostgres({ directory: join(folder, 'postgres'), log, settings }),
  );
  const env = { DATABASE_URL: server.url, DATA_DIR: folder, PORT: String(await freePort()) };
  const named = Object.entries(env).map(([name, value]) => [`BUDSTIKKA_${name}`, value]);
  disposals.use(await startPlatform({ config: readConfig(Object.fromEntries(named), 'dev'), log }));
  const timeouts = { connectTimeout: 10_000, statementTimeout: 60_000 };
  const database = disposals.use(
    new Database({ url: server.url, maxConnections: 1, applicationName: 'bench', log, ...timeouts }),
  );
  await database.query(sql('', 'CREATE EXTENSION pg_stat_statements'));
  await database.query(MAKE);
  await pause(SETTLE * 1000);
  const rows = await watch(database);
  return { ...(await describeRun(database)), run: { settle: SETTLE, watch: WATCH }, rows };
}

async function watch(database: Database): Promise<ResultRow[]> {
  await database.query(RESET);
  const cpu = process.cpuUsage();
  await pause(WATCH * 1000);
  const { user, system } = process.cpuUsage(cpu);
  const [row] = await database.query<{ calls: number | null }>(CALLS);
  const most = await database.query<{ query: string; calls: number }>(MOST);
  const each = (row?.calls ?? 0) / WATCH;
  const plain = (name: string, value: number, unit: string): ResultRow => ({
    name,
    bar: null,
    value,
    unit,
    holds: null,
  });
  return [
    {
      ...{ name: `statements of an idle process with ${SUBSCRIPTIONS} subscriptions`, bar: `at most ${BAR}` },
      ...{ value: each, unit: 'a second', holds: each <= BAR },
    },
    plain('processor time of the process', (user + system) / WATCH / 10_000, '% of one processor'),
    ...most.map(({ query, calls }) => plain(query, calls / WATCH, 'a second')),
  ];
}
