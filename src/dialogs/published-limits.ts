import { END_USER_LIMITS, OWNER_LIMITS } from './search-limits.ts';

/** How many values the filters of a search take, in the form that is published. */
export const PUBLISHED_LIMITS = {
  endUserSearch: {
    maxPartyFilterValues: END_USER_LIMITS.party,
    maxServiceResourceFilterValues: END_USER_LIMITS.serviceResource,
    maxOrgFilterValues: END_USER_LIMITS.org,
    maxExtendedStatusFilterValues: END_USER_LIMITS.extendedStatus,
  },
  serviceOwnerSearch: {
    maxPartyFilterValues: OWNER_LIMITS.party,
    maxServiceResourceFilterValues: OWNER_LIMITS.serviceResource,
    maxExtendedStatusFilterValues: OWNER_LIMITS.extendedStatus,
  },
};
