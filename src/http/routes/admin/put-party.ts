import { Type } from 'typebox';
import { putParty } from '../../../access/registry/single-changes.ts';
import { demandBody } from '../../failures.ts';
import type { TypedApp } from '../route.ts';
import { actorOf, changeAnswers, commit } from './change.ts';
import { partyBody } from './documents.ts';
import type { AdminRoutesOptions } from './options.ts';

/** The lists of `parties.json`, and what stands in each. */
const KINDS = { organizations: 'organization', persons: 'person', systemUsers: 'systemUser' } as const;

const schema = {
  tags: ['admin'],
  summary: 'Add or replace an organisation, a person or a system user',
  params: Type.Object({
    kind: Type.Union([Type.Literal('organizations'), Type.Literal('persons'), Type.Literal('systemUsers')]),
  }),
  body: partyBody,
  response: changeAnswers,
};

/** PUT /budstikka/api/v1/admin/parties/{kind}. The number stands in the body: paths are logged on the way. */
export function putPartyRoute(app: TypedApp, options: AdminRoutesOptions): void {
  app.put('/parties/:kind', { schema, attachValidation: true }, async (request) => {
    if (request.validationError?.validationContext === 'params') throw request.validationError;
    demandBody(request);
    const party = { kind: KINDS[request.params.kind], document: request.body };
    return commit(options, putParty(options.database, party, actorOf(request.identity)));
  });
}
