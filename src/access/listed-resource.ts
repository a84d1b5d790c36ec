import { ACCESS_PACKAGE, ROLE_CODE } from './attributes.ts';
import type { Holdings, ListedResource, LocalizedText, ServiceResource } from './ports.ts';
import { minimumLevel } from './xacml/minimum-level.ts';
import type { Policy } from './xacml/policy.ts';
import { type PermitPath, policySubjects } from './xacml/policy-subjects.ts';

/** What is shown of a registry document. */
export interface RegistryDocument {
  readonly title: Words;
  readonly resourceType: string;
  readonly status?: string | undefined;
  readonly delegable?: boolean | undefined;
  readonly hasCompetentAuthority: { readonly name?: Words };
}

/** A text by language. */
export type Words = Readonly<Record<string, string | undefined>>;

/** What is shown of a policy. */
export type PolicySummary = Pick<ListedResource, 'minimumLevel' | 'readers'>;

/** A service resource of the registry as people are shown it. */
export function listedResource(
  { identifier, urn, type, org, owner }: ServiceResource,
  document: RegistryDocument,
  policy: PolicySummary,
): ListedResource {
  return {
    ...{ identifier, urn, type, org, owner },
    ...{ resourceType: document.resourceType, status: document.status ?? '' },
    isDelegable: document.delegable ?? false,
    names: texts(document.title, identifier),
    ownerNames: texts(document.hasCompetentAuthority.name ?? {}, org),
    ...policy,
  };
}

/** A policy that is not there, or is not understood, permits nobody. */
export function summarize(policy: Policy | undefined): PolicySummary {
  return {
    minimumLevel: minimumLevel(policy?.obligations.Permit.fixed ?? []),
    readers: policy ? readersOf(policy) : { roles: [], accessPackages: [] },
  };
}

/** @param fallback stands in when there is no text at all */
function texts(words: Words, fallback: string): LocalizedText[] {
  const given = Object.entries(words).flatMap(([languageCode, value]) =>
    value === undefined ? [] : [{ languageCode, value }],
  );
  return given.length > 0 ? given : [{ languageCode: 'nb', value: fallback }];
}

function readersOf(policy: Policy): Holdings {
  const paths = policySubjects(policy).filter(permitsReading);
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
