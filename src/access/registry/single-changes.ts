import type { Database, Transaction } from '../../db/database.ts';
import { type Applied, type Given, type GivenTables, writeDifferences } from './apply.ts';
import { Faults } from './faults.ts';
import { partyUrn, readGrant, readOrganization, readPerson, readSystemUser } from './parties-document.ts';
import { findKnown, findRelatedParties, findResourcesOfOrg } from './reference-queries.ts';
import { checkBelongsTo, checkGrant, checkOwners, checkUniqueParties, type Placed } from './references.ts';
import { lockAccessVersion } from './registry-queries.ts';
import { checkPolicy, readResource } from './resource-document.ts';
import { type GrantRow, grantKey, type PartyRow } from './rows.ts';

/**
 * Single changes of registry, register and grants, under the rules of the folder: one transaction each, an audit row
 * and a new access version when something differs. Documents have the folder's form. Each throws
 * Failure('request-invalid') with every fault of the document by JSON path or, when it has none by itself, with every
 * reference that does not hold.
 */

const partyReaders = { organization: readOrganization, person: readPerson, systemUser: readSystemUser };

/** Adds or replaces a resource and its policy. */
export async function putResource(
  database: Database,
  resource: { readonly document: unknown; readonly policy: string },
  actor: string,
): Promise<Applied> {
  const faults = new Faults();
  const row = readResource(resource.document, resource.policy, { place: '$', faults });
  checkPolicy(resource.policy, { place: 'policy', faults });
  faults.throwAny('request-invalid');
  return change(database, actor, async (transaction) => {
    const stored = await findResourcesOfOrg(transaction, row.org);
    const others = stored.filter(({ identifier }) => identifier !== row.identifier).map(elsewhere);
    checkOwners([...others, { row, at: '$' }], faults);
    faults.throwAny('request-invalid');
    return { resources: only(row.identifier, row) };
  });
}

/** Adds or replaces an organisation, a person or a system user. */
export async function putParty(
  database: Database,
  party: { readonly kind: PartyRow['kind']; readonly document: unknown },
  actor: string,
): Promise<Applied> {
  const faults = new Faults();
  const row = partyReaders[party.kind](party.document, '$', faults);
  faults.throwAny('request-invalid');
  return change(database, actor, async (transaction) => {
    checkRelations(row, await findRelatedParties(transaction, row), faults);
    faults.throwAny('request-invalid');
    return { parties: only(row.urn, row) };
  });
}

/** Adds a grant, or replaces all that its recipient may do for its party. */
export async function putGrant(database: Database, document: unknown, actor: string): Promise<Applied> {
  const faults = new Faults();
  const row = readGrant(document, '$', faults);
  faults.throwAny('request-invalid');
  return change(database, actor, async (transaction) => {
    checkGrant({ row, at: '$' }, await findKnown(transaction, row), faults);
    faults.throwAny('request-invalid');
    return { grants: only(grantKey(row), row) };
  });
}

/** Takes a grant away; when there is none, nothing changes. Both ends are party URNs, in any letter case. */
export async function deleteGrant(
  database: Database,
  grant: Pick<GrantRow, 'recipient' | 'party'>,
  actor: string,
): Promise<Applied> {
  const faults = new Faults();
  const key = grantKey({
    recipient: partyUrn(grant.recipient, '$.to', faults).toLowerCase(),
    party: partyUrn(grant.party, '$.party', faults).toLowerCase(),
  });
  faults.throwAny('request-invalid');
  return change(database, actor, () => Promise.resolve({ grants: { rows: new Map(), keys: [key] } }));
}

const untouched: Given = { rows: new Map(), keys: [] };

function change(
  database: Database,
  actor: string,
  prepare: (transaction: Transaction) => Promise<Partial<GivenTables>>,
): Promise<Applied> {
  return database.transaction(async (transaction) => {
    const version = await lockAccessVersion(transaction);
    const given = await prepare(transaction);
    const all = { resources: untouched, parties: untouched, grants: untouched, ...given };
    return writeDifferences(transaction, all, { actor, version });
  });
}

function only(key: string, row: object): Given {
  return { rows: new Map([[key, row]]), keys: [key] };
}

/** Its own ids and main unit, and that those that belong to it still may. */
function checkRelations(row: PartyRow, related: readonly PartyRow[], faults: Faults): void {
  const parties = new Map([...related, row].map((party) => [party.urn, party]));
  const known = { party: (urn: string) => parties.get(urn), hasResource: () => false };
  const subUnits = related.filter((party) => party.belongs_to === row.urn);
  checkUniqueParties([...related.map(elsewhere), { row, at: '$' }], faults);
  for (const party of [row, ...subUnits]) checkBelongsTo({ row: party, at: '$' }, known, faults);
}

function elsewhere<Row>(row: Row): Placed<Row> {
  return { row, at: 'another' };
}
