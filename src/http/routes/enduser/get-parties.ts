import { listParties } from '../../../dialogs/parties.ts';
import { authorizedParties } from '../../schemas/parties.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['enduser'],
  summary: 'List the parties that the caller may act for',
  response: { 200: authorizedParties, ...problems(401, 403) },
};

/** GET /enduser/parties */
export function getPartiesRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/parties', { schema }, async ({ identity }) => ({
    authorizedParties: await listParties(dialogs, identity),
  }));
}
