import type { FastifyPluginAsync } from 'fastify';
import { showProblems } from '../../app.ts';
import { dialogportenProblem } from '../../problem.ts';
import { requireToken } from '../../require-token.ts';
import type { SchemaTypes } from '../route.ts';
import { deleteGrantRoute } from './delete-grant.ts';
import { getAuditRoute } from './get-audit.ts';
import { ADMIN_SCOPE, type AdminRoutesOptions } from './options.ts';
import { putGrantRoute } from './put-grant.ts';
import { putPartyRoute } from './put-party.ts';
import { putResourceRoute } from './put-resource.ts';

const ROUTES = [putResourceRoute, putPartyRoute, putGrantRoute, deleteGrantRoute, getAuditRoute];

/**
 * Changes of registry, register and grants, one at a time, under the rules of the folder. Answered when they are
 * committed; what began before may still come to its end.
 */
export function adminRoutes(options: AdminRoutesOptions): FastifyPluginAsync {
  return async (scope) => {
    showProblems(scope, options.log, dialogportenProblem);
    requireToken(scope, options.authenticate, [ADMIN_SCOPE]);
    const app = scope.withTypeProvider<SchemaTypes>();
    for (const route of ROUTES) route(app, options);
  };
}
