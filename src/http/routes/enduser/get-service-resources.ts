import { Type } from 'typebox';
import { userUrn } from '../../../dialogs/caller.ts';
import { parseAcceptLanguage } from '../../../dialogs/languages.ts';
import { listAuthorizedResources, serviceResourceViews } from '../../../dialogs/service-resources.ts';
import { serviceResourceItem } from '../../schemas/lookup.ts';
import { maybe, text } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['enduser'],
  summary: 'List the service resources that the caller may use',
  querystring: Type.Object({ party: maybe(Type.Array(text(255), { maxItems: 1000 })) }),
  response: {
    200: Type.Object({
      isFullCatalogueFallback: maybe(Type.Boolean()),
      items: Type.Array(serviceResourceItem),
    }),
    ...problems(400, 401, 403),
  },
};

/** GET /enduser/serviceresources */
export function getServiceResourcesRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/serviceresources', { schema }, async ({ identity, query, headers }) => {
    userUrn(identity);
    const { resources, isEverything } = await listAuthorizedResources(dialogs, {
      ...{ identity, parties: query.party },
    });
    const languages = parseAcceptLanguage(headers['accept-language']);
    return {
      ...(isEverything && { isFullCatalogueFallback: true }),
      items: serviceResourceViews(dialogs, resources, languages),
    };
  });
}
