import { parseAcceptLanguage } from '../../../dialogs/languages.ts';
import { searchForEndUser } from '../../../dialogs/search.ts';
import { endUserDialogItem } from '../../schemas/dialog.ts';
import { problems } from '../../schemas/problem.ts';
import { endUserSearchQuery, page } from '../../schemas/search.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['enduser'],
  summary: 'List dialogs; none is noted as seen',
  querystring: endUserSearchQuery,
  response: { 200: page(endUserDialogItem), ...problems(400, 401, 403, 422) },
};

/** GET /enduser/dialogs */
export function searchDialogsRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs', { schema }, async ({ identity, query, headers }) => {
    const { orderBy, continuationToken, limit, search, searchLanguageCode, ...filter } = query;
    const languages = parseAcceptLanguage(headers['accept-language']);
    const paging = { orderBy, continuationToken, limit };
    const text = { search, searchLanguageCode };
    return searchForEndUser(dialogs, { identity, filter, languages, ...text, ...paging });
  });
}
