import { Faults } from './faults.ts';
import type { DialogStatus, SystemLabel } from './model.ts';
import type { SearchLimits } from './search-limits.ts';

/** What a list is asked for: parameters narrow together, the values of one parameter widen each other. */
export interface SearchFilter {
  readonly party?: readonly string[];
  readonly serviceResource?: readonly string[];
  readonly org?: readonly string[];
  readonly extendedStatus?: readonly string[];
  readonly externalReference?: string;
  readonly status?: readonly DialogStatus[];
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly updatedAfter?: string;
  readonly updatedBefore?: string;
  readonly contentUpdatedAfter?: string;
  readonly contentUpdatedBefore?: string;
  readonly dueAfter?: string;
  readonly dueBefore?: string;
  readonly visibleAfter?: string;
  readonly visibleBefore?: string;
  readonly isContentSeen?: boolean;
  readonly process?: string;
  readonly systemLabel?: readonly SystemLabel[];
  readonly excludeApiOnly?: boolean;
  /** All of them; one that ends in `*` stands for everything that begins so. */
  readonly serviceOwnerLabels?: readonly string[];
}

/** The filter with URNs in the letter case they are kept in, and each value once. A list of no values is no filter. */
export function normalizeFilter(filter: SearchFilter): SearchFilter {
  const given = Object.entries(filter).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  const { party, serviceResource, ...others }: SearchFilter = Object.fromEntries(given);
  return {
    ...others,
    ...(party && { party: distinct(party) }),
    ...(serviceResource && { serviceResource: distinct(serviceResource) }),
  };
}

function distinct(urns: readonly string[]): string[] {
  return [...new Set(urns.map((urn) => urn.toLowerCase()))];
}

/** Throws `request-invalid` for filters with too many values, or with neither party nor resource where one is needed. */
export function refuseFilter(
  filter: SearchFilter,
  { limits, narrow }: { readonly limits: Partial<SearchLimits>; readonly narrow: boolean },
): void {
  const faults = new Faults();
  for (const [name, most] of Object.entries(limits) as [keyof SearchLimits, number][]) {
    const count = filter[name]?.length ?? 0;
    faults.demand(count <= most, name, `must have at most ${most} values`);
  }
  const narrowed = (filter.party?.length ?? 0) + (filter.serviceResource?.length ?? 0) > 0;
  faults.demand(!narrow || narrowed, 'party', 'must be given, or serviceResource');
  faults.refuse('request-invalid');
}
