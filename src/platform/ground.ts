import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AccessState, openAccessState } from '../access/access-state.ts';
import { developmentMasterKey, type MasterKey, openMasterKey } from '../access/keys/master-key.ts';
import type { SigningKey } from '../access/keys/signing-key.ts';
import { SigningKeys } from '../access/keys/signing-keys.ts';
import { applyRegistry } from '../access/registry/apply.ts';
import { readRegistryFolder } from '../access/registry/folder.ts';
import { type Bus, createBus } from '../bus/hints.ts';
import type { Config } from '../config.ts';
import { Database } from '../db/database.ts';
import { demandDurability } from '../db/durability.ts';
import { startEmbeddedPostgres } from '../db/embedded.ts';
import { migrate } from '../db/migrate.ts';
import { openNotifyWire } from '../db/notify.ts';
import type { Disposals } from '../lib/disposals.ts';
import type { Log } from '../lib/log.ts';
import { monotonic } from '../lib/time.ts';
import { type Epochs, openEpochs } from '../reading/epochs.ts';

/** What every role stands on: the database, the keys, who may do what, and "the log has grown". */
export interface Ground {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly keys: SigningKeys;
  readonly access: AccessState;
  readonly bus: Bus;
  readonly epochs: Epochs;
}

export interface GroundOptions {
  readonly config: Config;
  readonly log: Log;
  readonly disposals: Disposals;
}

/** The registry that development mode begins with. The folder lies beside `src` and beside `dist`. */
const EXAMPLE_REGISTRY = fileURLToPath(new URL('../../examples/registry', import.meta.url));
const NOTIFY_CHANNEL = 'budstikka';

/** Opens the ground, from the database up. */
export async function openGround(options: GroundOptions): Promise<Ground> {
  const { config, log, disposals } = options;
  const url = await databaseUrl(options);
  await migrate({ url, log });
  const database = disposals.use(
    new Database({
      ...{ url, log, applicationName: 'budstikka', maxConnections: config.database.maxConnections },
      ...{
        connectTimeout: config.database.connectTimeoutMs,
        statementTimeout: config.database.statementTimeoutMs,
      },
    }),
  );
  await demandDurability(database);
  const masterKey = await masterKeyOf(config);
  const keys = await openKeys(database, masterKey, options);
  await seedRegistry(database, config);
  const access = await openAccessState({ database, log, clock: monotonic });
  const bus = disposals.use(
    createBus((heard) => openNotifyWire({ url, channel: NOTIFY_CHANNEL, log, heard })),
  );
  const epochs = await openEpochs(database, cursorKeys(keys));
  return { database, masterKey, keys, access, bus, epochs };
}

/** Where the database is: the one that is configured, or the embedded one, started. */
export async function databaseUrl({ config, log, disposals }: GroundOptions): Promise<string> {
  if (config.database.url !== undefined) return config.database.url;
  const directory = join(config.platform.dataDirectory, 'postgres');
  return disposals.use(await startEmbeddedPostgres({ directory, log })).url;
}

export async function masterKeyOf(config: Config): Promise<MasterKey> {
  const { masterKey } = config.access;
  return masterKey === undefined
    ? developmentMasterKey(config.platform.dataDirectory)
    : openMasterKey(masterKey);
}

async function openKeys(
  database: Database,
  masterKey: MasterKey,
  { config, log, disposals }: GroundOptions,
): Promise<SigningKeys> {
  const development = config.mode === 'dev' ? (['dev-token'] as const) : [];
  const purposes = ['dialog-token', 'webhook', 'mask', 'cursor', ...development] as const;
  const keys = new SigningKeys({ database, masterKey, purposes, log });
  await keys.ensure();
  const following = new AbortController();
  const followed = keys.follow(following.signal);
  disposals.defer(async () => {
    following.abort();
    await followed;
  });
  return keys;
}

/** Applies the registry folder that is named; in development mode the example, when none is. */
async function seedRegistry(database: Database, config: Config): Promise<void> {
  const directory = config.registry.directory ?? (config.mode === 'dev' ? EXAMPLE_REGISTRY : undefined);
  if (directory !== undefined) await applyRegistry(database, await readRegistryFolder(directory), 'start');
}

/** The bytes of the keys that cursors are checked with, the one that makes them first: often no other is asked for. */
function cursorKeys(keys: SigningKeys): () => Iterable<Uint8Array> {
  const bytes = new Map<string, Uint8Array>();
  const bytesOf = (key: SigningKey) => {
    const known = bytes.get(key.kid) ?? key.key.export();
    bytes.set(key.kid, known);
    return known;
  };
  return function* () {
    yield bytesOf(keys.current('cursor'));
    yield* keys.accepted('cursor').map(bytesOf);
  };
}
