import { holdsKeyRole, inOrder, isMainAdministrator } from '../authorized-parties.ts';
import { organizationUrn, personUrn } from '../party-identifiers.ts';
import type { AuthorizedParty } from '../ports.ts';
import { BadAnswer, listOf, type Members, membersOf, textOf } from './json-members.ts';

const RESOURCE = 'urn:altinn:resource:';

/**
 * The answer of Altinn Access Management to who may be acted for: organisations with their units, and persons. Whoever
 * has no number, such as a self-identified user, has no URN here and is left out. Throws `BadAnswer`.
 *
 * @param self URN of whoever asks
 */
export function readAuthorizedParties(json: unknown, self: string): AuthorizedParty[] {
  if (json === undefined) return [];
  return inOrder(listOf(json, 'the answer').flatMap((one) => read(membersOf(one, 'a party'), { self })));
}

interface Place {
  readonly self: string;
  readonly mainUnit?: string;
}

function read(party: Members, { self, mainUnit }: Place): AuthorizedParty[] {
  const named = nameOf(party);
  if (named === undefined) return [];
  const { urn } = named;
  const roles = codesOf(party['authorizedroles']);
  // Units have none of their own.
  const units = mainUnit === undefined ? listOf(party['subunits'], 'subunits') : [];
  const onlyForUnits = party['onlyhierarchyelementwithnoaccess'] === true;
  return [
    {
      ...{ ...named, ...idsOf(party), mainUnit, isSelf: urn === self },
      ...{ isDeleted: party['isdeleted'] === true, onlyForUnits },
      ...{ roles, accessPackages: codesOf(party['authorizedaccesspackages']) },
      ...{ hasKeyRole: holdsKeyRole(roles), isMainAdministrator: isMainAdministrator(roles) },
      resources: textsOf(party['authorizedresources']).map(resourceUrn),
      instances: listOf(party['authorizedinstances'], 'authorizedInstances').map(readInstance),
      units: inOrder(units.flatMap((unit) => read(membersOf(unit, 'a unit'), { self, mainUnit: urn }))),
    },
  ];
}

function nameOf(party: Members) {
  const name = textOf(party['name']) ?? '';
  const organization = textOf(party['organizationnumber']);
  if (organization) return { name, urn: organizationUrn(organization), kind: 'organization' as const };
  const person = textOf(party['personid']);
  return person ? { name, urn: personUrn(person), kind: 'person' as const } : undefined;
}

function idsOf(party: Members) {
  const partyId = Number(party['partyid']);
  const partyUuid = textOf(party['partyuuid'])?.toLowerCase();
  if (!Number.isSafeInteger(partyId) || partyUuid === undefined)
    throw new BadAnswer('a party without its ids');
  // A date, with a time of no meaning behind it or without.
  return { partyId, partyUuid, dateOfBirth: textOf(party['dateofbirth'])?.slice(0, 10) };
}

function readInstance(instance: unknown) {
  const { resourceid, instanceid } = membersOf(instance, 'an instance');
  return { resource: resourceUrn(textOf(resourceid) ?? ''), instance: codeOf(textOf(instanceid) ?? '') };
}

/** Named by its identifier, or whole. */
function resourceUrn(named: string): string {
  const urn = named.toLowerCase();
  return urn.startsWith(RESOURCE) ? urn : RESOURCE + urn;
}

/** Without the URN that may stand before it. */
function codeOf(text: string): string {
  return text.slice(text.lastIndexOf(':') + 1).toLowerCase();
}

function codesOf(value: unknown): string[] {
  return [...new Set(textsOf(value).map(codeOf))];
}

function textsOf(value: unknown): string[] {
  return listOf(value, 'a list of texts').flatMap((each) => textOf(each) ?? []);
}
