import type { FastifyInstance } from 'fastify';
import type { DevelopmentIssuer } from '../../../access/development/development-issuer.ts';

type Query = Readonly<Record<string, unknown>>;

/** `/dev/token/…`: tokens for anybody, with the query interface of Altinn's test token generator. */
export function devToken(app: FastifyInstance, issuer: DevelopmentIssuer): void {
  const kinds: Record<string, (query: Query) => Promise<string>> = {
    GetEnterpriseToken: (query) => issuer.enterpriseToken(query),
    GetPersonalToken: (query) => issuer.personalToken(query),
    GetSystemUserToken: (query) => issuer.systemUserToken(query),
    GetPlatformAccessToken: (query) => issuer.platformAccessToken(query),
  };
  const options = { schema: { hide: true } };
  for (const [kind, make] of Object.entries(kinds)) {
    app.get<{ Querystring: Query }>(`/dev/token/${kind}`, options, async (request, reply) =>
      reply.type('text/plain; charset=utf-8').send(await make(request.query)),
    );
  }
  app.get('/dev/token/.well-known/jwks.json', options, async () => issuer.keySet());
}
