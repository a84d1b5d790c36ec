import { type Queries, sql } from '../db/database.ts';
import type { GrantRow, PartyRow, ResourceRow } from './registry/rows.ts';

/** A row as of its version; one that is `deleted` is gone and only its key means anything. */
export type Versioned<Row> = Row & { readonly version: number; readonly deleted: boolean };

/** Everything that changed after a version, up to another one. */
export interface AccessChanges {
  /** The access version that the database had. */
  readonly version: number;
  readonly resources: readonly Versioned<ResourceRow>[];
  readonly parties: readonly Versioned<PartyRow>[];
  readonly grants: readonly Versioned<GrantRow>[];
}

// One statement, hence one snapshot: the version and exactly the rows that make it. Who starts from nothing (0) need
// not hear of rows that are gone.
const CHANGES = sql(
  'access.changes',
  `SELECT 'version' AS kind, to_jsonb(v) AS row FROM version v WHERE v.name = 'access'
   UNION ALL
   SELECT 'resource', to_jsonb(r) FROM service_resource r WHERE r.version > $1 AND (NOT r.deleted OR $1 > 0)
   UNION ALL
   SELECT 'party', to_jsonb(p) FROM party p WHERE p.version > $1 AND (NOT p.deleted OR $1 > 0)
   UNION ALL
   SELECT 'grant', to_jsonb(g) FROM access_grant g WHERE g.version > $1 AND (NOT g.deleted OR $1 > 0)`,
);

type ChangeRow =
  | { readonly kind: 'version'; readonly row: { readonly value: number } }
  | { readonly kind: 'resource'; readonly row: Versioned<ResourceRow> }
  | { readonly kind: 'party'; readonly row: Versioned<PartyRow> }
  | { readonly kind: 'grant'; readonly row: Versioned<GrantRow> };

/** What changed in registry, register and grants after the version; all there is when it is 0. */
export async function readAccessChanges(queries: Queries, after: number): Promise<AccessChanges> {
  const changes = { version: 0, resources: [], parties: [], grants: [] } as {
    version: number;
    resources: Versioned<ResourceRow>[];
    parties: Versioned<PartyRow>[];
    grants: Versioned<GrantRow>[];
  };
  for (const change of await queries.query<ChangeRow>(CHANGES, [after])) {
    if (change.kind === 'version') changes.version = change.row.value;
    else if (change.kind === 'resource') changes.resources.push(change.row);
    else if (change.kind === 'party') changes.parties.push(change.row);
    else changes.grants.push(change.row);
  }
  return changes;
}
