import { Type } from 'typebox';
import { putResource } from '../../../access/registry/single-changes.ts';
import { Failure } from '../../../lib/errors.ts';
import { demandBody } from '../../failures.ts';
import type { TypedApp } from '../route.ts';
import { actorOf, changeAnswers, commit } from './change.ts';
import { resourceBody } from './documents.ts';
import type { AdminRoutesOptions } from './options.ts';

const schema = {
  tags: ['admin'],
  summary: 'Add or replace a service resource and its policy',
  params: Type.Object({ identifier: Type.String() }),
  body: resourceBody,
  response: changeAnswers,
};

/** PUT /budstikka/api/v1/admin/resources/{identifier} */
export function putResourceRoute(app: TypedApp, options: AdminRoutesOptions): void {
  app.put('/resources/:identifier', { schema, attachValidation: true }, async (request) => {
    demandBody(request);
    const { resource, policy } = readMembers(request.body);
    const named = (resource as { identifier?: unknown } | undefined)?.identifier;
    if (typeof named === 'string' && named !== request.params.identifier) {
      throw new Failure('request-invalid', { fields: { '$.identifier': ['must be the one in the path'] } });
    }
    const change = { document: resource, policy };
    return commit(options, putResource(options.database, change, actorOf(request.identity)));
  });
}

function readMembers(body: unknown): { readonly resource: unknown; readonly policy: string } {
  const members = new Map(Object.entries(Object(body) as object));
  const fields: Record<string, string[]> = {};
  for (const name of members.keys()) {
    if (name !== 'resource' && name !== 'policy') fields[name] = ['is not known here'];
  }
  const policy: unknown = members.get('policy');
  if (typeof policy !== 'string') fields['policy'] = ['must be a policy in XACML 3.0'];
  if (!members.has('resource')) fields['resource'] = ['is missing'];
  if (Object.keys(fields).length > 0) throw new Failure('request-invalid', { fields });
  return { resource: members.get('resource'), policy: policy as string };
}
