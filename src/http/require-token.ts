import type { FastifyInstance } from 'fastify';
import { hasScope } from '../access/caller.ts';
import type { Identity } from '../access/ports.ts';
import { Failure } from '../lib/errors.ts';
import type { Authenticate } from './authenticate.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; set in groups of routes that require a token. */
    identity: Identity;
  }
  interface FastifyContextConfig {
    /** Scopes of which one is enough, in place of those of the route's group. */
    scopes?: readonly string[];
  }
}

/** Every route of this group needs a token with one of the scopes, unless the route names its own. */
export function requireToken(
  app: FastifyInstance,
  authenticate: Authenticate,
  scopes: readonly string[],
): void {
  app.addHook('onRequest', async (request) => {
    const { identity } = await authenticate(request.headers);
    demandScope(identity, request.routeOptions.config.scopes ?? scopes);
    request.identity = identity;
  });
}

function demandScope(identity: Identity, scopes: readonly string[]): void {
  if (scopes.some((scope) => hasScope(identity, scope))) return;
  throw new Failure('scope-missing', { detail: `One of these scopes is needed: ${scopes.join(', ')}.` });
}
