import type { PartyRecord, ServiceResource } from '../../src/access/ports.ts';
import type { Database } from '../../src/db/database.ts';
import type { DialogsOptions } from '../../src/dialogs/options.ts';
import { openLog } from '../../src/lib/log.ts';
import { openTestDatabase } from './database.ts';
import { DecisionTable } from './decision-table.ts';
import { TestCatalogue } from './test-catalogue.ts';
import { ORGANIZATIONS, organization, PERSONS, person, serviceOwner } from './identities.ts';

export const OWNER = serviceOwner();
export const OTHER_OWNER = serviceOwner('skd', ORGANIZATIONS[1]);
/** Reads everything of `PARTY`, as far as `RESOURCE` is concerned. */
export const READER = person(PERSONS[0]);
export const SECOND_READER = person(PERSONS[1]);
export const STRANGER = person(PERSONS[2]);
export const PARTY = organization(ORGANIZATIONS[0]).urn;

export const RESOURCE = 'urn:altinn:resource:super-simple-service';
export const CORRESPONDENCE = 'urn:altinn:resource:letters';
export const FOREIGN_RESOURCE = 'urn:altinn:resource:tax';
export const BASE_URL = 'http://localhost';
export const RETENTION_DAYS = 90;

const resources = new Map(
  [
    resource(RESOURCE, 'genericaccessresource', ['ttd', '991825827']),
    resource(CORRESPONDENCE, 'correspondenceservice', ['ttd', '991825827']),
    resource(FOREIGN_RESOURCE, 'genericaccessresource', ['skd', ORGANIZATIONS[1]]),
  ].map((each) => [each.urn, each]),
);

function resource(urn: string, type: string, [org, owner]: readonly [string, string]): ServiceResource {
  return { identifier: urn.split(':').at(-1)!, urn, type, org, owner };
}

/** A register of the readers' names that can fall silent. */
export class TestRegister {
  readonly names = new Map([
    [READER.urn, 'KARI NORDMANN'],
    [SECOND_READER.urn, 'OLA NORDMANN'],
  ]);
  down = false;

  async party(urn: string): Promise<PartyRecord | undefined> {
    if (this.down) throw new Error('the register cannot be reached');
    const name = this.names.get(urn);
    return name === undefined ? undefined : { urn, name, partyId: 1, partyUuid: '' };
  }
}

/** The room of dialogs on a database of its own, with ports whose answers a test decides. */
export interface DialogsUnderTest extends AsyncDisposable {
  readonly dialogs: DialogsOptions;
  readonly database: Database;
  /** Connection string of the database. */
  readonly url: string;
  readonly table: DecisionTable;
  readonly register: TestRegister;
  readonly catalogue: TestCatalogue;
  /** How often the log was said to have grown. */
  readonly hints: () => number;
}

export async function openDialogs(): Promise<DialogsUnderTest> {
  const { database, url, [Symbol.asyncDispose]: dispose } = await openTestDatabase();
  const table = new DecisionTable();
  const register = new TestRegister();
  const catalogue = new TestCatalogue();
  let hints = 0;
  for (const { urn: subject } of [READER, SECOND_READER]) {
    table.permit(
      { subject, action: 'read', resource: RESOURCE, party: PARTY },
      { subject, action: 'read', resource: CORRESPONDENCE, party: PARTY },
    );
    catalogue.list(subject, PARTY);
  }
  const dialogs: DialogsOptions = {
    database,
    registry: { resource: (urn) => resources.get(urn.toLowerCase()) },
    register,
    decide: table,
    catalogue,
    baseUrl: BASE_URL,
    retentionDays: RETENTION_DAYS,
    committed: () => {
      hints += 1;
    },
    maskActor: (urn) => (urn.includes(':person:') ? `masked:${urn.slice(-3)}` : urn),
    issueDialogToken: ({ dialogId, actions }) => `token:${dialogId}:${actions.join(';')}`,
    log: openLog({ level: 'silent' }),
  };
  const ports = { table, register, catalogue };
  return { dialogs, database, url, ...ports, hints: () => hints, [Symbol.asyncDispose]: dispose };
}
