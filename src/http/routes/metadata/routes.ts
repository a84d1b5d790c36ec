import type { FastifyPluginAsync } from 'fastify';
import type { SchemaTypes } from '../route.ts';
import { limitsRoute } from './limits.ts';

/** Open to everybody. */
export const metadataRoutes: FastifyPluginAsync = async (scope) => {
  limitsRoute(scope.withTypeProvider<SchemaTypes>());
};
