import { Type } from 'typebox';
import { deleteGrant } from '../../../access/registry/single-changes.ts';
import type { TypedApp } from '../route.ts';
import { actorOf, changeAnswers, commit } from './change.ts';
import type { AdminRoutesOptions } from './options.ts';

const schema = {
  tags: ['admin'],
  summary: 'Take away all that one recipient may do on behalf of one party',
  querystring: Type.Object({
    to: Type.String({ description: 'URN of the recipient' }),
    party: Type.String({ description: 'URN of the party' }),
  }),
  response: changeAnswers,
};

/** DELETE /budstikka/api/v1/admin/grants?to=&party= */
export function deleteGrantRoute(app: TypedApp, options: AdminRoutesOptions): void {
  app.delete('/grants', { schema }, async ({ query, identity }) => {
    const grant = { recipient: query.to.toLowerCase(), party: query.party.toLowerCase() };
    return commit(options, deleteGrant(options.database, grant, actorOf(identity)));
  });
}
