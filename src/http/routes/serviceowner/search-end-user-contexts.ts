import { ownerCaller } from '../../../dialogs/caller.ts';
import { searchEndUserContexts } from '../../../dialogs/end-user-contexts.ts';
import { contextQuery, endUserContextItem } from '../../schemas/labels.ts';
import { problems } from '../../schemas/problem.ts';
import { page } from '../../schemas/search.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { SEARCH_SCOPES } from './scopes.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'List the system labels of the dialogs of parties',
  querystring: contextQuery,
  response: { 200: page(endUserContextItem), ...problems(400, 401, 403, 422) },
};

/** GET /serviceowner/dialogs/endusercontext */
export function searchEndUserContextsRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  const config = { scopes: SEARCH_SCOPES };
  app.get('/dialogs/endusercontext', { schema, config }, async ({ identity, query }) =>
    searchEndUserContexts(dialogs, { caller: ownerCaller(identity), ...query }),
  );
}
