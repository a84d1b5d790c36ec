import { putGrant } from '../../../access/registry/single-changes.ts';
import { demandBody } from '../../failures.ts';
import type { TypedApp } from '../route.ts';
import { actorOf, changeAnswers, commit } from './change.ts';
import { grantBody } from './documents.ts';
import type { AdminRoutesOptions } from './options.ts';

const schema = {
  tags: ['admin'],
  summary: 'Say what one recipient may do on behalf of one party',
  body: grantBody,
  response: changeAnswers,
};

/** PUT /budstikka/api/v1/admin/grants */
export function putGrantRoute(app: TypedApp, options: AdminRoutesOptions): void {
  app.put('/grants', { schema, attachValidation: true }, async (request) => {
    demandBody(request);
    return commit(options, putGrant(options.database, request.body, actorOf(request.identity)));
  });
}
