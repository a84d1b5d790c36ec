import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { requireToken } from '../../require-token.ts';
import type { DialogRoutesOptions, SchemaTypes } from '../route.ts';
import { createDialogRoute } from './create-dialog.ts';
import { getDialogRoute } from './get-dialog.ts';
import { patchDialogRoute } from './patch-dialog.ts';
import { replaceDialogRoute } from './replace-dialog.ts';
import { SCOPES } from './scopes.ts';

/** Everything that a service owner's system may do. */
export function serviceownerRoutes(options: DialogRoutesOptions): FastifyPluginAsync {
  return async (scope: FastifyInstance) => {
    requireToken(scope, options.authenticate, SCOPES);
    const app = scope.withTypeProvider<SchemaTypes>();
    createDialogRoute(app, options);
    getDialogRoute(app, options);
    replaceDialogRoute(app, options);
    patchDialogRoute(app, options);
  };
}
