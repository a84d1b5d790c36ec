import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, createBus } from '../../src/bus/hints.ts';
import { Database } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openNotifyWire } from '../../src/db/notify.ts';
import { Disposals } from '../../src/lib/disposals.ts';
import { openLog } from '../../src/lib/log.ts';
import type { Random } from '../stress/random.ts';
import { Fleet } from './fleet.ts';
import { Postgres } from './postgres.ts';
import { RegistryFolder } from './registry.ts';
import { type Cast, openStanding } from './scene.ts';
import { Subscribers } from './subscribers.ts';
import { callWitness } from './witness.ts';

/** Everything that there is in a run: a database, processes, receivers and those who ask. */
export interface World extends AsyncDisposable {
  readonly directory: string;
  readonly postgres: Postgres;
  readonly fleet: Fleet;
  readonly subscribers: Subscribers;
  readonly standing: readonly Cast[];
  /** Of those who publish from outside of the processes under test. */
  readonly database: Database;
  readonly bus: Bus;
}

export interface WorldOptions {
  /** URL of the folder of the built program. */
  readonly program: string;
  readonly random: Random;
  readonly processes: number;
  /** Settings of the processes over those of chaos, without the prefix. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Changes the database before anybody uses it. */
  readonly tamper?: (url: string) => Promise<void>;
}

export async function openWorld(options: WorldOptions): Promise<World> {
  const { program, random, processes, settings = {}, tamper } = options;
  const disposals = new Disposals();
  const log = openLog({ level: 'silent' });
  try {
    const directory = await mkdtemp(join(tmpdir(), 'budstikka-chaos-'));
    disposals.defer(() => rm(directory, { recursive: true, force: true }));
    // Started by root, the database runs as somebody else, who must get in.
    await chmod(directory, 0o711);
    const postgres = disposals.use(await Postgres.open(join(directory, 'postgres')));
    const url = postgres.url('chaos');
    await migrate({ url, log });
    await tamper?.(url);
    await callWitness(url);
    const registry = await RegistryFolder.make(join(directory, 'registry'));
    const fleet = disposals.use(
      new Fleet({ directory, program, settings, databaseUrl: (name) => postgres.url(name) }),
    );
    await fleet.resize(processes);
    const subscribers = new Subscribers({ fleet, registry, random });
    const standing = await openStanding(subscribers, random);
    for (const { endpoint } of standing) disposals.use(endpoint);
    const database = disposals.use(
      new Database({
        ...{ url, log, applicationName: 'chaos', maxConnections: 3 },
        ...{ connectTimeout: 1500, statementTimeout: 5000 },
      }),
    );
    const bus = disposals.use(
      createBus((heard) => openNotifyWire({ url, channel: 'budstikka', log, heard })),
    );
    const dispose = () => disposals[Symbol.asyncDispose]();
    return {
      directory,
      postgres,
      fleet,
      subscribers,
      standing,
      database,
      bus,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (thrown) {
    await disposals[Symbol.asyncDispose]();
    throw thrown;
  }
}
