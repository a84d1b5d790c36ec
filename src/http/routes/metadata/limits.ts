import { Type } from 'typebox';
import { END_USER_LIMITS, OWNER_LIMITS } from '../../../dialogs/search-limits.ts';
import type { TypedApp } from '../route.ts';

const limits = {
  maxPartyFilterValues: Type.Integer(),
  maxServiceResourceFilterValues: Type.Integer(),
  maxExtendedStatusFilterValues: Type.Integer(),
};

const schema = {
  tags: ['metadata'],
  summary: 'How many values the filters of a search take',
  response: {
    200: Type.Object({
      endUserSearch: Type.Object({ ...limits, maxOrgFilterValues: Type.Integer() }),
      serviceOwnerSearch: Type.Object(limits),
    }),
  },
};

/** GET /metadata/limits */
export function limitsRoute(app: TypedApp): void {
  app.get('/limits', { schema }, async () => ({
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
  }));
}
