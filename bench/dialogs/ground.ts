import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuthorizedParty } from '../../src/access/ports.ts';
import { Database, sql } from '../../src/db/database.ts';
import { startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';
import type { DialogsOptions } from '../../src/dialogs/options.ts';
import { Disposals } from '../../src/lib/disposals.ts';
import { openLog } from '../../src/lib/log.ts';

const OWNER = '991825827';
export const COMPANY = 'urn:altinn:organization:identifier-no:310923044';
export const SERVICE = 'urn:altinn:resource:super-simple-service';
export const READER = { pid: '08844397713', scopes: ['digdir:dialogporten'], level: 4 };
export const CALLER = { orgNumber: OWNER, admin: false, correspondence: false, legacyHtml: false };

/** A server of the run's own on the disk, durable, with the commands of dialogs on top of it. */
export interface Ground extends AsyncDisposable {
  /** The commands on a new migrated database of this server. */
  open(name: string): Promise<DialogsOptions>;
}

const log = openLog({ level: 'warn' });
const SETTINGS = { shared_preload_libraries: 'pg_stat_statements', shared_buffers: '512MB' };

export async function openGround(): Promise<Ground> {
  const disposals = new Disposals();
  const folder = await mkdtemp(join(tmpdir(), 'budstikka-bench-'));
  disposals.defer(() => rm(folder, { recursive: true, force: true }));
  // Started by root, the server runs as somebody else, who must get in.
  await chmod(folder, 0o711);
  const directory = join(folder, 'postgres');
  const server = disposals.use(await startEmbeddedPostgres({ directory, log, settings: SETTINGS }));
  const admin = disposals.use(connect(server.url));
  return {
    open: async (name) => {
      await admin.query(sql('', `CREATE DATABASE ${name}`));
      const url = server.databaseUrl(name);
      await migrate({ url, log });
      const database = disposals.use(connect(url));
      await database.query(sql('', 'CREATE EXTENSION pg_stat_statements'));
      return optionsOf(database);
    },
    [Symbol.asyncDispose]: () => disposals[Symbol.asyncDispose](),
  };
}

function connect(url: string): Database {
  const timeouts = { connectTimeout: 10_000, statementTimeout: 600_000 };
  return new Database({ url, maxConnections: 8, applicationName: 'bench', log, ...timeouts });
}

/** Nine of those that the filling makes beside the company. */
export const OTHER_PARTIES = Array.from({ length: 9 }, (_, number) => `${COMPANY}${number + 1}`);

/** Whom the reader may act for. */
const PARTIES = [COMPANY, ...OTHER_PARTIES].map((urn, number): AuthorizedParty => {
  return {
    ...{
      urn,
      name: urn,
      partyId: number,
      partyUuid: '',
      kind: 'organization',
      isDeleted: false,
      isSelf: false,
    },
    ...{
      hasKeyRole: false,
      isMainAdministrator: false,
      onlyForUnits: false,
      roles: ['dagl'],
      accessPackages: [],
    },
    ...{ resources: [], instances: [], units: [] },
  };
});

/** Everybody may do everything: what is measured is the store. */
function optionsOf(database: Database): DialogsOptions {
  const resource = {
    identifier: 'super-simple-service',
    urn: SERVICE,
    ...{ type: 'genericaccessresource', org: 'ttd', owner: OWNER },
  };
  return {
    database,
    log,
    registry: { resource: () => resource },
    register: { party: async (urn) => ({ urn, name: 'MODIG LYNGBRISK', partyId: 1, partyUuid: '' }) },
    catalogue: { resources: async () => [], authorizedParties: async () => PARTIES },
    decide: { decide: (questions) => questions.map(() => ({ permitted: true, because: 'bench' })) },
    baseUrl: 'http://localhost',
    retentionDays: 90,
    committed: () => undefined,
    maskActor: (urn) => urn,
    issueDialogToken: () => '',
  };
}
