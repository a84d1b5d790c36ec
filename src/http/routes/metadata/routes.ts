import type { FastifyPluginAsync } from 'fastify';
import type { DialogRoutesOptions, SchemaTypes } from '../route.ts';
import { limitsRoute } from './limits.ts';
import { serviceResourcesRoute } from './service-resources.ts';

/** Open to everybody. */
export function metadataRoutes(options: Pick<DialogRoutesOptions, 'dialogs'>): FastifyPluginAsync {
  return async (scope) => {
    const app = scope.withTypeProvider<SchemaTypes>();
    limitsRoute(app);
    serviceResourcesRoute(app, options);
  };
}
