import type { AccessChanges, Versioned } from '../access-queries.ts';
import type { GrantRow, PartyRow, RegistrySnapshot, ResourceRow } from './rows.ts';

/** A snapshot as everything that changed since there was nothing. */
export function toChanges({ resources, parties, grants }: RegistrySnapshot): AccessChanges {
  const asOf = <Row>(row: Row): Versioned<Row> => ({ ...row, version: 1, deleted: false });
  return {
    version: 1,
    resources: resources.map(asOf),
    parties: parties.map(asOf),
    grants: grants.map(asOf),
  };
}

/** What is there, as a registry folder would say it: without versions, and without what is gone. */
export function toSnapshot({ resources, parties, grants }: AccessChanges): RegistrySnapshot {
  return {
    resources: resources.filter(isThere).map(bareResource),
    parties: parties.filter(isThere).map(bareParty),
    grants: grants.filter(isThere).map(bareGrant),
  };
}

function isThere({ deleted }: { readonly deleted: boolean }): boolean {
  return !deleted;
}

function bareResource({ identifier, document, type, org, owner, policy }: ResourceRow): ResourceRow {
  return { identifier, document, type, org, owner, policy };
}

function bareParty(row: PartyRow): PartyRow {
  const { urn, kind, name, party_id, party_uuid, user_id, belongs_to, document } = row;
  return { urn, kind, name, party_id, party_uuid, user_id, belongs_to, document };
}

function bareGrant(row: GrantRow): GrantRow {
  const { recipient, party, roles, access_packages, resources, instances, key_role, main_administrator } =
    row;
  return { recipient, party, roles, access_packages, resources, instances, key_role, main_administrator };
}
