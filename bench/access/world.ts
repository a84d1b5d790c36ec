import { readFile } from 'node:fs/promises';
import { derivedPartyUuid } from '../../src/access/derived-ids.ts';
import type { AccessQuestion } from '../../src/access/ports.ts';
import type { GrantRow, PartyRow, RegistrySnapshot, ResourceRow } from '../../src/access/registry/rows.ts';
import { policy } from '../../test/support/policies.ts';

export const POLICIES = 1000;
const PERSONS = 10_000;
const ORGANIZATIONS = 10_000;
/** Parties that each person has a role for. */
const GRANTS_EACH = 10;

const FIXTURES = new URL('../../test/fixtures/policies/', import.meta.url);

/** Policies as long as those in use, half of them of apps: 10 kB on average. */
export async function manyPolicies(): Promise<string[]> {
  const generic = await readFile(new URL('vei_bompassering.policy.xml', FIXTURES), 'utf8');
  const app = await readFile(new URL('app_fjord_fangstmelding.policy.xml', FIXTURES), 'utf8');
  return Array.from({ length: POLICIES }, (_, index) =>
    index % 2 === 0
      ? generic.replaceAll('vei_bompassering', identifier(index))
      : app.replaceAll('fangstmelding', `a${index}`),
  );
}

function identifier(index: number): string {
  return `service-${index}`;
}

/** Registry, register and grants of an agency. */
export function agency(): RegistrySnapshot {
  return { resources: resources(), parties: parties(), grants: grants() };
}

/** One question for each person, about a party of theirs, spread over all resources. */
export function ask(action: string): AccessQuestion[] {
  return Array.from({ length: PERSONS }, (_, person) => ({
    identity: { pid: pidOf(person), scopes: [], level: 3 },
    ...{ action, resource: `urn:altinn:resource:${identifier(person % POLICIES)}` },
    ...{ instance: '0194fe82-9280-77a5-a7cd-5ff0e6a6fa07', party: organizationOf(person, 3) },
    attributes: [['urn:altinn:eventtype', 'dialogporten.dialog.updated.v1']] as const,
  }));
}

function resources(): ResourceRow[] {
  return Array.from({ length: POLICIES }, (_, index) => ({
    identifier: identifier(index),
    ...{ document: {}, type: 'genericaccessresource', org: 'ttd', owner: '991825827' },
    policy: policy(identifier(index))
      .permit({ orgs: ['ttd'], actions: ['read', 'write', 'subscribe', 'publish'] })
      .permit({ roles: ['BEST', 'REGNA', 'HADM'], actions: ['write'] })
      .permit({ accessPackages: ['post-og-arkiv', 'veitransport'], actions: ['read', 'subscribe'] })
      .permit({ roles: ['DAGL', 'PRIV', 'UTINN'], actions: ['read', 'subscribe'] })
      .minimumLevel(3, 2)
      .xml(),
  }));
}

function parties(): PartyRow[] {
  const row = (kind: PartyRow['kind'], urn: string, number: number): PartyRow => ({
    ...{
      urn,
      kind,
      name: urn,
      party_id: number,
      party_uuid: derivedPartyUuid(urn),
      belongs_to: null,
      document: {},
    },
    user_id: kind === 'person' ? number : null,
  });
  return [
    ...Array.from({ length: PERSONS }, (_, index) => row('person', personUrn(index), 50_000_000 + index)),
    ...Array.from({ length: ORGANIZATIONS }, (_, index) =>
      row('organization', organizationUrn(index), 60_000_000 + index),
    ),
  ];
}

function grants(): GrantRow[] {
  return Array.from({ length: PERSONS * GRANTS_EACH }, (_, index) => {
    const person = Math.floor(index / GRANTS_EACH);
    return {
      ...{ recipient: personUrn(person), party: organizationOf(person, index % GRANTS_EACH) },
      ...{ roles: ['DAGL', 'UTINN'], access_packages: [], instances: [] },
      resources: [{ resource: `urn:altinn:resource:${identifier(person % POLICIES)}`, actions: ['sign'] }],
      ...{ key_role: false, main_administrator: false },
    };
  });
}

function pidOf(person: number): string {
  return String(10_000_000_000 + person);
}

function personUrn(person: number): string {
  return `urn:altinn:person:identifier-no:${pidOf(person)}`;
}

function organizationUrn(number: number): string {
  return `urn:altinn:organization:identifier-no:${900_000_000 + number}`;
}

function organizationOf(person: number, which: number): string {
  return organizationUrn((person * GRANTS_EACH + which) % ORGANIZATIONS);
}
