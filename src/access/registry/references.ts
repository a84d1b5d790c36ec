import type { Faults } from './faults.ts';
import { RESOURCE_PREFIX } from './resource-document.ts';
import { type GrantRow, grantKey, type PartyRow, type ResourceRow } from './rows.ts';

/** What a row may refer to. */
export interface Known {
  party(urn: string): Pick<PartyRow, 'kind' | 'belongs_to'> | undefined;
  hasResource(identifier: string): boolean;
}

/** A row and where it was read: file and JSON path. */
export interface Placed<Row> {
  readonly row: Row;
  readonly at: string;
}

/** All references of a folder, and all that must be there only once. */
export function checkReferences(folder: PlacedSnapshot, faults: Faults): void {
  const parties = new Map(folder.parties.map(({ row }) => [row.urn, row]));
  const resources = new Set(folder.resources.map(({ row }) => row.identifier));
  const known: Known = {
    party: (urn) => parties.get(urn),
    hasResource: (identifier) => resources.has(identifier),
  };
  checkOwners(folder.resources, faults);
  checkUniqueParties(folder.parties, faults);
  checkUniqueGrants(folder.grants, faults);
  for (const party of folder.parties) checkBelongsTo(party, known, faults);
  for (const grant of folder.grants) checkGrant(grant, known, faults);
}

export interface PlacedSnapshot {
  readonly resources: readonly Placed<ResourceRow>[];
  readonly parties: readonly Placed<PartyRow>[];
  readonly grants: readonly Placed<GrantRow>[];
}

/** A sub-unit's main unit and a system user's owner are organisations; a main unit is not itself a sub-unit. */
export function checkBelongsTo({ row, at }: Placed<PartyRow>, known: Known, faults: Faults): void {
  if (row.belongs_to === null || isUnread(row.belongs_to)) return;
  const [member, word] = row.kind === 'systemUser' ? ['owner', 'owner'] : ['mainUnit', 'main unit'];
  const owner = known.party(row.belongs_to);
  if (owner?.kind !== 'organization')
    faults.add(`${at}.${member}`, `names a ${word} that is not in the register`);
  else if (row.kind === 'organization' && owner.belongs_to !== null) {
    faults.add(`${at}.mainUnit`, 'names a main unit that is itself a sub-unit');
  }
}

/** Both ends of a grant and every resource that it delegates are known. */
export function checkGrant({ row, at }: Placed<GrantRow>, known: Known, faults: Faults): void {
  const checkEnd = (urn: string, member: string) => {
    if (isUnread(urn) || known.party(urn) !== undefined) return;
    faults.add(`${at}.${member}`, 'names nobody in the register');
  };
  checkEnd(row.recipient, 'to');
  checkEnd(row.party, 'party');
  for (const member of ['resources', 'instances'] as const) {
    row[member].forEach(({ resource }, index) => {
      if (isUnread(resource) || known.hasResource(resource.slice(RESOURCE_PREFIX.length))) return;
      faults.add(`${at}.${member}[${index}].resource`, 'names a resource that is not in the registry');
    });
  }
}

export type OwnedResource = Pick<ResourceRow, 'identifier' | 'org' | 'owner'>;

/** One short code stands for one organisation: a policy names the code, ownership is judged by the number. */
export function checkOwners(resources: readonly Placed<OwnedResource>[], faults: Faults): void {
  const owners = new Map<string, string>();
  for (const { row, at } of resources) {
    const owner = owners.get(row.org) ?? row.owner;
    owners.set(row.org, owner);
    if (owner === row.owner) continue;
    faults.add(`${at}.hasCompetentAuthority`, `${row.org} stands for another organisation elsewhere`);
  }
}

/** No two parties share a number, a party id, a party UUID or a user id; derived ones may meet, and one must be given. */
export function checkUniqueParties(all: readonly Placed<PartyRow>[], faults: Faults): void {
  const parties = all.filter(({ row }) => !isUnread(row.urn));
  checkUnique(parties, (row) => row.urn, { faults, what: 'number' });
  checkUnique(parties, (row) => row.party_id, { faults, what: 'partyId' });
  checkUnique(parties, (row) => row.party_uuid, { faults, what: 'partyUuid' });
  checkUnique(parties, (row) => row.user_id, { faults, what: 'userId' });
}

/** One grant says all that a recipient may do for a party. */
function checkUniqueGrants(all: readonly Placed<GrantRow>[], faults: Faults): void {
  const grants = all.filter(({ row }) => !isUnread(row.recipient) && !isUnread(row.party));
  checkUnique(grants, grantKey, { faults, what: 'two ends' });
}

/** An identifier that was missing or of the wrong type has been told already. */
function isUnread(identifier: string): boolean {
  return identifier === '' || identifier.endsWith(':');
}

function checkUnique<Row>(
  rows: readonly Placed<Row>[],
  key: (row: Row) => string | number | null,
  told: { readonly faults: Faults; readonly what: string },
): void {
  const first = new Map<string | number, string>();
  for (const { row, at } of rows) {
    const value = key(row);
    if (value === null) continue;
    const earlier = first.get(value);
    if (earlier === undefined) first.set(value, at);
    else told.faults.add(at, `has the ${told.what} of ${earlier}`);
  }
}
