import { type Queries, sql } from '../../db/database.ts';
import type { Known, OwnedResource } from './references.ts';
import { RESOURCE_PREFIX } from './resource-document.ts';
import type { GrantRow, PartyRow, ResourceRow } from './rows.ts';

/** What a single change may refer to or collide with, read under the lock on the access version. */

const RESOURCES_OF_ORG = sql(
  'registry.reference.org',
  'SELECT identifier, org, owner FROM service_resource WHERE org = $1 AND NOT deleted',
);

const RELATED_PARTIES = sql(
  'registry.reference.party',
  `SELECT urn, kind, name, party_id, party_uuid, user_id, belongs_to, document
     FROM party
    WHERE NOT deleted AND urn <> $1
      AND (urn = $2 OR belongs_to = $1 OR party_id = $3 OR party_uuid = $4 OR user_id = $5)`,
);

const PARTIES = sql(
  'registry.reference.parties',
  'SELECT urn, kind, belongs_to FROM party WHERE urn = ANY($1) AND NOT deleted',
);

const RESOURCES = sql(
  'registry.reference.resources',
  'SELECT identifier FROM service_resource WHERE identifier = ANY($1) AND NOT deleted',
);

/** Resources whose owner has this short code. */
export function findResourcesOfOrg(queries: Queries, org: string): Promise<OwnedResource[]> {
  return queries.query<OwnedResource>(RESOURCES_OF_ORG, [org]);
}

/** Other parties that share an id with this one, that it belongs to, or that belong to it. */
export function findRelatedParties(queries: Queries, party: PartyRow): Promise<PartyRow[]> {
  const { urn, belongs_to, party_id, party_uuid, user_id } = party;
  return queries.query<PartyRow>(RELATED_PARTIES, [urn, belongs_to, party_id, party_uuid, user_id]);
}

/** Those of a grant's parties and resources that there are. */
export async function findKnown(queries: Queries, grant: GrantRow): Promise<Known> {
  const identifiers = [...grant.resources, ...grant.instances].map(({ resource }) =>
    resource.slice(RESOURCE_PREFIX.length),
  );
  const parties = await queries.query<PartyRow>(PARTIES, [[grant.recipient, grant.party]]);
  const resources = await queries.query<ResourceRow>(RESOURCES, [identifiers]);
  const byUrn = new Map(parties.map((party) => [party.urn, party]));
  const found = new Set(resources.map(({ identifier }) => identifier));
  return { party: (urn) => byUrn.get(urn), hasResource: (identifier) => found.has(identifier) };
}
