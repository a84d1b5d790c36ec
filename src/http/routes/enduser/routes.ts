import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { requireToken } from '../../require-token.ts';
import type { DialogRoutesOptions, SchemaTypes } from '../route.ts';
import { getDialogRoute } from './get-dialog.ts';

const SCOPES = ['digdir:dialogporten', 'digdir:dialogporten.noconsent'];

/** Everything that a person, or a system user for them, may do. */
export function enduserRoutes(options: DialogRoutesOptions): FastifyPluginAsync {
  return async (scope: FastifyInstance) => {
    requireToken(scope, options.authenticate, SCOPES);
    const app = scope.withTypeProvider<SchemaTypes>();
    getDialogRoute(app, options);
  };
}
