/** How many values a filter takes (Dialogporten contract, "Search"); published at `/metadata/limits`. */
export interface SearchLimits {
  readonly party: number;
  readonly serviceResource: number;
  readonly org: number;
  readonly extendedStatus: number;
}

export const END_USER_LIMITS: SearchLimits = { party: 100, serviceResource: 20, org: 20, extendedStatus: 20 };

/** Dialogs on a page. */
export const PAGE_MOST = 1000;

/** A service owner searches its own dialogs only, so that there is no filter by org. */
export const OWNER_LIMITS: Omit<SearchLimits, 'org'> = { party: 20, serviceResource: 20, extendedStatus: 20 };
