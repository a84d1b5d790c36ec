import { parseAcceptLanguage } from '../../../dialogs/languages.ts';
import { lookUpForEndUser } from '../../../dialogs/look-up.ts';
import { endUserLookup, lookupQuery } from '../../schemas/lookup.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['enduser'],
  summary: 'Find a dialog by what else it is known by, and by what the caller may read it',
  querystring: lookupQuery,
  response: { 200: endUserLookup, ...problems(400, 401, 403, 404) },
};

/** GET /enduser/dialoglookup */
export function lookUpDialogRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialoglookup', { schema }, async ({ identity, query, headers }) =>
    lookUpForEndUser(dialogs, {
      ...{ identity, instanceRef: query.instanceRef },
      languages: parseAcceptLanguage(headers['accept-language']),
    }),
  );
}
