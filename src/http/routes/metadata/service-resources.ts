import { Type } from 'typebox';
import { parseAcceptLanguage } from '../../../dialogs/languages.ts';
import { listResourcesInUse, serviceResourceViews } from '../../../dialogs/service-resources.ts';
import { joined } from '../../../lib/joined.ts';
import { serviceResourceItem } from '../../schemas/lookup.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['metadata'],
  summary: 'List the service resources that dialogs belong to',
  response: { 200: Type.Object({ items: Type.Array(serviceResourceItem) }) },
};

/** GET /metadata/serviceresources. Nobody is counted here, so that one look at the database at a time has to do for all. */
export function serviceResourcesRoute(
  app: TypedApp,
  { dialogs }: Pick<DialogRoutesOptions, 'dialogs'>,
): void {
  const resourcesInUse = joined(() => listResourcesInUse(dialogs));
  app.get('/serviceresources', { schema }, async ({ headers }) => {
    const languages = parseAcceptLanguage(headers['accept-language']);
    return { items: serviceResourceViews(dialogs, await resourcesInUse(), languages) };
  });
}
