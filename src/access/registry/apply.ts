import type { Database, Transaction } from '../../db/database.ts';
import {
  bumpAccessVersion,
  type Difference,
  differences,
  emptyRows,
  grantTable,
  lockAccessVersion,
  partyTable,
  type RegistryTable,
  resourceTable,
  writeRows,
} from './registry-queries.ts';
import { grantKey, type RegistrySnapshot } from './rows.ts';

/** What a change did, and the access version that it left. */
export interface Applied {
  readonly version: number;
  readonly resources: ChangeCounts;
  readonly parties: ChangeCounts;
  readonly grants: ChangeCounts;
}

export interface ChangeCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/**
 * Makes the tables say what the snapshot says, in one transaction, for which other appliers wait. Only what differs is
 * written, under one new access version; what is not in the snapshot goes and leaves a marked row. When nothing
 * differs nothing is written and the version stays.
 * @param actor who changes, for the audit trail.
 */
export function applyRegistry(
  database: Database,
  snapshot: RegistrySnapshot,
  actor: string,
): Promise<Applied> {
  return database.transaction(async (transaction) => {
    const version = await lockAccessVersion(transaction);
    const given = {
      resources: { rows: byKey(snapshot.resources, (row) => row.identifier) },
      parties: { rows: byKey(snapshot.parties, (row) => row.urn) },
      grants: { rows: byKey(snapshot.grants, grantKey) },
    };
    return writeDifferences(transaction, given, { actor, version });
  });
}

/** Rows of one table by key. Only the `keys` are compared, and those without a row go; left out, all are. */
export interface Given {
  readonly rows: ReadonlyMap<string, object>;
  readonly keys?: readonly string[];
}

export interface GivenTables {
  readonly resources: Given;
  readonly parties: Given;
  readonly grants: Given;
}

export interface Writing {
  readonly actor: string;
  /** The access version as of the lock. */
  readonly version: number;
}

/** Writes what differs. The caller holds the lock on the access version. */
export async function writeDifferences(
  transaction: Transaction,
  given: GivenTables,
  writing: Writing,
): Promise<Applied> {
  const found = {
    resources: await differences(transaction, resourceTable, { ...given.resources, actor: writing.actor }),
    parties: await differences(transaction, partyTable, { ...given.parties, actor: writing.actor }),
    grants: await differences(transaction, grantTable, { ...given.grants, actor: writing.actor }),
  };
  const none = Object.values(found).every((each) => each.length === 0);
  const version = none ? writing.version : await bumpAccessVersion(transaction);
  const write = writer(transaction, version);
  return {
    version,
    resources: await write(resourceTable, given.resources, found.resources),
    parties: await write(partyTable, given.parties, found.parties),
    grants: await write(grantTable, given.grants, found.grants),
  };
}

function writer(transaction: Transaction, version: number) {
  return async (table: RegistryTable, given: Given, found: readonly Difference[]): Promise<ChangeCounts> => {
    const stored = found.filter(({ change }) => change !== 'added').map(({ key }) => key);
    const rows = found.filter(({ change }) => change !== 'removed').map(({ key }) => given.rows.get(key));
    // First every row that differs gives up its ids, so that two parties may swap theirs.
    if (stored.length > 0) await emptyRows(transaction, table, { keys: stored, version });
    if (rows.length > 0) await writeRows(transaction, table, { rows, version });
    return count(found);
  };
}

function count(found: readonly Difference[]): ChangeCounts {
  const counts = { added: 0, changed: 0, removed: 0 };
  for (const { change } of found) counts[change] += 1;
  return counts;
}

function byKey<Row>(rows: readonly Row[], key: (row: Row) => string): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [key(row), row]));
}
