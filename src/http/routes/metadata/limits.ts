import { Type } from 'typebox';
import { PUBLISHED_LIMITS } from '../../../dialogs/published-limits.ts';
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
  app.get('/limits', { schema }, async () => PUBLISHED_LIMITS);
}
