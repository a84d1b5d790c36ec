import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, createBus } from '../../src/bus/hints.ts';
import { Database } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openNotifyWire } from '../../src/db/notify.ts';
import { Disposals } from '../../src/lib/disposals.ts';
import { openLog } from '../../src/lib/log.ts';
import { buildProgram } from '../chaos/build.ts';
import { Fleet } from '../chaos/fleet.ts';
import { Postgres } from '../chaos/postgres.ts';
import { RegistryFolder } from '../chaos/registry.ts';
import type { ServerProcess } from '../chaos/server-process.ts';
import { Subscribers } from '../chaos/subscribers.ts';
import { Random } from './random.ts';

/** The built program in a process of its own, on a durable PostgreSQL of its own. */
export interface OneProcess extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
  readonly bus: Bus;
  readonly process: ServerProcess;
  readonly subscribers: Subscribers;
  readonly disposals: Disposals;
}

/** Limits as they are by default; what chaos makes short is not short here. */
const USUAL = {
  ...{ LEASE_MS: '10000', LOG_LEVEL: 'warn', DATABASE_MAX_CONNECTIONS: '20', POLL_MS: '5000' },
  ...{ CONNECT_TIMEOUT_MS: '5000', HEADERS_TIMEOUT_MS: '30000', ATTEMPT_TIMEOUT_MS: '30000' },
};

/** @param settings over the defaults, without the prefix */
export async function openOneProcess(settings: Readonly<Record<string, string>> = {}): Promise<OneProcess> {
  const program = buildProgram();
  const disposals = new Disposals();
  const log = openLog({ level: 'warn' });
  try {
    const directory = await mkdtemp(join(tmpdir(), 'budstikka-stress-'));
    disposals.defer(() => rm(directory, { recursive: true, force: true }));
    // Started by root, the database runs as somebody else, who must get in.
    await chmod(directory, 0o711);
    const postgres = disposals.use(await Postgres.open(join(directory, 'postgres')));
    const url = postgres.url('stress');
    await migrate({ url, log });
    const registry = await RegistryFolder.make(join(directory, 'registry'));
    const databaseUrl = (name: string) => postgres.url(name);
    const fleet = new Fleet({ directory, program, databaseUrl, settings: { ...USUAL, ...settings } });
    disposals.use(fleet);
    await fleet.resize(1);
    const timeouts = { connectTimeout: 10_000, statementTimeout: 1_800_000 };
    const database = disposals.use(
      new Database({ url, log, applicationName: 'stress', maxConnections: 5, ...timeouts }),
    );
    const bus = disposals.use(
      createBus((heard) => openNotifyWire({ url, channel: 'budstikka', log, heard })),
    );
    return {
      ...{ url, database, bus, disposals, process: fleet.alive[0]! },
      subscribers: new Subscribers({ fleet, registry, random: new Random(1) }),
      [Symbol.asyncDispose]: () => disposals[Symbol.asyncDispose](),
    };
  } catch (thrown) {
    await disposals[Symbol.asyncDispose]();
    throw thrown;
  }
}
