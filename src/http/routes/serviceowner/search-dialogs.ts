import { ownerCaller } from '../../../dialogs/caller.ts';
import { searchForOwner } from '../../../dialogs/search.ts';
import { ownerDialogItem } from '../../schemas/dialog.ts';
import { problems } from '../../schemas/problem.ts';
import { ownerSearchQuery, page } from '../../schemas/search.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { SEARCH_SCOPES } from './scopes.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'List dialogs',
  querystring: ownerSearchQuery,
  response: { 200: page(ownerDialogItem), ...problems(400, 401, 403, 422) },
};

/** GET /serviceowner/dialogs */
export function searchDialogsRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs', { schema, config: { scopes: SEARCH_SCOPES } }, async ({ identity, query }) => {
    const { orderBy, continuationToken, limit, deleted, endUserId, search, searchLanguageCode, ...filter } =
      query;
    const caller = ownerCaller(identity);
    const paging = { orderBy, continuationToken, limit };
    const text = { search, searchLanguageCode };
    return searchForOwner(dialogs, { caller, identity, filter, deleted, endUserId, ...text, ...paging });
  });
}
