import { ACCESS_PACKAGE, ROLE_CODE } from './attributes.ts';
import type { Holdings, ListedResource, LocalizedText } from './ports.ts';
import type { KnownResource } from './resource-index.ts';
import { minimumLevel } from './xacml/minimum-level.ts';
import type { Policy } from './xacml/policy.ts';
import { type PermitPath, policySubjects } from './xacml/policy-subjects.ts';

/** What is shown of a registry document; it was checked when it was stored. */
interface RegistryDocument {
  readonly title: Words;
  readonly resourceType: string;
  readonly status?: string;
  readonly delegable?: boolean;
  readonly hasCompetentAuthority: { readonly name?: Words };
}

type Words = Readonly<Record<string, string | undefined>>;

/** A service resource of the registry as people are shown it. */
export function listedResource(known: KnownResource): ListedResource {
  const { identifier, urn, type, org, owner, policy } = known;
  const document = known.document as RegistryDocument;
  return {
    ...{ identifier, urn, type, org, owner },
    resourceType: document.resourceType,
    status: document.status ?? '',
    isDelegable: document.delegable ?? false,
    minimumLevel: minimumLevel(policy?.obligations.Permit.fixed ?? []),
    names: texts(document.title, identifier),
    ownerNames: texts(document.hasCompetentAuthority.name ?? {}, org),
    readers: readersOf(policy),
  };
}

/** @param fallback stands in when there is no text at all */
function texts(words: Words, fallback: string): LocalizedText[] {
  const given = Object.entries(words).flatMap(([languageCode, value]) =>
    value === undefined ? [] : [{ languageCode, value }],
  );
  return given.length > 0 ? given : [{ languageCode: 'nb', value: fallback }];
}

/** A policy that is not understood permits nobody. */
function readersOf(policy: Policy | undefined): Holdings {
  const paths = policy ? policySubjects(policy).filter(permitsReading) : [];
  const named = (attribute: string): string[] => {
    const values = paths.flatMap(({ subject }) =>
      subject.filter((each) => each.attribute === attribute).flatMap((each) => each.values),
    );
    return [...new Set(values.map((value) => value.toLowerCase()))].toSorted();
  };
  return { roles: named(ROLE_CODE), accessPackages: named(ACCESS_PACKAGE) };
}

/** Every group of actions that a path names has to let reading through; one that names none lets everything through. */
function permitsReading({ action }: PermitPath): boolean {
  return action.every(({ values }) => values.includes('read'));
}
