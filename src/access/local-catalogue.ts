import type { AccessState } from './access-state.ts';
import { holdsKeyRole, inOrder, isMainAdministrator } from './authorized-parties.ts';
import type { KnownGrant } from './grant-index.ts';
import { listedResource, type RegistryDocument, summarize } from './listed-resource.ts';
import { PERSON } from './party-identifiers.ts';
import type { KnownParty } from './party-index.ts';
import type { AccessCatalogue, AuthorizedParty, Holdings, Identity, ListedResource } from './ports.ts';
import type { KnownResource } from './resource-index.ts';
import { subjectOf } from './subject.ts';
import type { XacmlValue } from './xacml/request.ts';

/** What every person is to themselves. */
const PRIVATE_PERSON = 'priv';

/** Lists from the tables of registry, register and grants, at most so many milliseconds old. */
export function createLocalCatalogue(state: AccessState, maxAge: number): AccessCatalogue {
  /** A resource that has changed is another object. */
  const listed = new WeakMap<KnownResource, ListedResource>();
  return {
    resources: async (urns) => {
      await state.freshen(maxAge);
      return urns.flatMap((urn) => {
        const known = state.resource(urn);
        if (!known) return [];
        const resource = listed.get(known) ?? asListed(known);
        listed.set(known, resource);
        return resource;
      });
    },
    authorizedParties: async (identity) => {
      await state.freshen(maxAge);
      return authorizedParties(identity, state);
    },
  };
}

/** The document was checked when it was stored. */
function asListed(known: KnownResource): ListedResource {
  return listedResource(known, known.document as RegistryDocument, summarize(known.policy));
}

type Known = Pick<AccessState, 'party' | 'grantsTo' | 'unitsOf'>;

/** A grant for a main unit counts for its units; one for a unit alone shows the main unit above it. */
function authorizedParties(identity: Identity, known: Known): AuthorizedParty[] {
  const { recipient } = subjectOf(identity, known);
  if (recipient === undefined) return [];
  const grants = known.grantsTo(recipient);
  const isPerson = recipient.startsWith(PERSON);
  const named = [...(isPerson ? [recipient] : []), ...grants.keys()].flatMap((urn) => known.party(urn) ?? []);
  const mains = new Set(named.map(({ urn, mainUnit }) => mainUnit ?? urn));
  const parties = [...mains].flatMap((urn) => {
    const main = known.party(urn);
    if (!main || main.kind === 'systemUser') return [];
    const isSelf = main.urn === recipient;
    const own = grantsOf([grants.get(main.urn)]);
    const all = own.length > 0 || isSelf;
    const units = [...known.unitsOf(main.urn)]
      .filter((unit) => all || grants.has(unit.urn))
      .map((unit) => describe(unit, { held: [...grantsOf([grants.get(unit.urn)]), ...own], isSelf: false }));
    return [{ ...describe(main, { held: own, isSelf }), onlyForUnits: !all, units: inOrder(units) }];
  });
  return inOrder(parties);
}

function grantsOf(grants: readonly (KnownGrant | undefined)[]): KnownGrant[] {
  return grants.filter((grant) => grant !== undefined);
}

interface Held {
  readonly held: readonly KnownGrant[];
  readonly isSelf: boolean;
}

function describe(party: KnownParty, { held, isSelf }: Held): AuthorizedParty {
  const { urn, name, partyId, partyUuid, userId, dateOfBirth, mainUnit, isDeleted } = party;
  const { roles, accessPackages } = holdings(held, isSelf);
  return {
    ...{ urn, name, partyId, partyUuid, userId, dateOfBirth, mainUnit, isDeleted, isSelf },
    kind: party.kind === 'person' ? 'person' : 'organization',
    ...{ roles, accessPackages },
    hasKeyRole: held.some(({ keyRole }) => keyRole) || holdsKeyRole(roles),
    isMainAdministrator:
      held.some(({ mainAdministrator }) => mainAdministrator) || isMainAdministrator(roles),
    onlyForUnits: false,
    resources: distinct(held.flatMap(({ resources }) => resources.map(({ resource }) => resource))),
    instances: held.flatMap(({ instances }) =>
      instances.map(({ resource, instance }) => ({ resource, instance })),
    ),
    units: [],
  };
}

function holdings(held: readonly KnownGrant[], isSelf: boolean): Holdings {
  const lower = (values: readonly XacmlValue[]) => values.map(({ value }) => value.toLowerCase());
  return {
    roles: distinct([...(isSelf ? [PRIVATE_PERSON] : []), ...held.flatMap((grant) => lower(grant.roles))]),
    accessPackages: distinct(held.flatMap((grant) => lower(grant.accessPackages))),
  };
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
