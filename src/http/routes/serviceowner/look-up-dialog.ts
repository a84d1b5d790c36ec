import { ownerCaller } from '../../../dialogs/caller.ts';
import { parseAcceptLanguage } from '../../../dialogs/languages.ts';
import { lookUpForOwner } from '../../../dialogs/look-up.ts';
import { lookupQuery, ownerLookup } from '../../schemas/lookup.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Find a dialog by what else it is known by',
  querystring: lookupQuery,
  response: { 200: ownerLookup, ...problems(400, 401, 403, 404) },
};

/** GET /serviceowner/dialoglookup */
export function lookUpDialogRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialoglookup', { schema }, async ({ identity, query, headers }) =>
    lookUpForOwner(dialogs, {
      ...{ caller: ownerCaller(identity), identity, instanceRef: query.instanceRef },
      languages: parseAcceptLanguage(headers['accept-language']),
    }),
  );
}
