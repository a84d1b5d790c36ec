import type { IncomingHttpHeaders } from 'node:http';
import { consumerOf, withRegisteredIds } from '../access/caller.ts';
import { DevelopmentIssuer } from '../access/development/development-issuer.ts';
import { DialogTokens, identityOfDialogToken } from '../access/tokens/dialog-tokens.ts';
import { identityOf } from '../access/tokens/identity.ts';
import { remoteKeys } from '../access/tokens/key-source.ts';
import { createPlatformTokenVerifier, type PlatformTokenVerifier } from '../access/tokens/platform-tokens.ts';
import { among, createTokenVerifier, type TrustedIssuer } from '../access/tokens/token-verifier.ts';
import type { Config } from '../config.ts';
import type { Authenticate } from '../http/authenticate.ts';
import { CallerLimit, limitRequests } from '../http/limits.ts';
import { Failure } from '../lib/errors.ts';
import { monotonic } from '../lib/time.ts';
import { fetchJson } from '../outbound/fetch-json.ts';
import type { Access } from './access.ts';
import type { Ground } from './ground.ts';
import type { Outgoing } from './outgoing.ts';

/** Who calls, and what they may do. */
export interface Callers extends Access {
  readonly authenticate: Authenticate;
  readonly dialogTokens: DialogTokens;
  readonly developmentIssuer: DevelopmentIssuer | undefined;
  readonly platformTokens: PlatformTokenVerifier;
  verifyDialogToken(
    token: string,
  ): Promise<{ dialog: string; identity: ReturnType<typeof identityOfDialogToken> }>;
}

const KEY_SET = { timeout: 5000, maxBytes: 1 << 20 };

export interface CallersParts {
  readonly config: Config;
  readonly ground: Ground;
  readonly outgoing: Outgoing;
  readonly access: Access;
}

export function openCallers({ config, ground, outgoing, access }: CallersParts): Callers {
  const { keys } = ground;
  const { baseUrl } = config.http;
  const developmentIssuer =
    config.mode === 'dev'
      ? new DevelopmentIssuer({ issuer: `${baseUrl}/dev/token`, keyring: keys, register: ground.access })
      : undefined;
  const trusted = [
    ...trustedIssuers(config.access.issuers, outgoing),
    ...(developmentIssuer ? [developmentIssuer.trusted()] : []),
  ];
  const clockSkew = config.access.clockSkewMs / 1000;
  const verifier = createTokenVerifier({ trusted: among(trusted), clockSkew });
  const ofApps = among(trustedIssuers(config.access.platformIssuers, outgoing));
  const platformTokens = createPlatformTokenVerifier({
    trusted: (issuer) => ofApps(issuer) ?? developmentIssuer?.trustedPlatform(issuer),
    clockSkew,
  });
  const dialogTokens = new DialogTokens({ issuer: `${baseUrl}/dialogporten/api/v1`, keyring: keys });
  const authenticate: Authenticate = async (headers) => {
    const claims = await verifier.verify(bearerOf(headers));
    const identity = await withRegisteredIds(identityOf(claims), access.register);
    return { identity, consumer: consumerOf(identity) };
  };
  const requests = new CallerLimit(config.limits.requestsPerSecond, monotonic);
  return {
    ...{ ...access, dialogTokens, developmentIssuer, platformTokens },
    ...{ authenticate: limitRequests(authenticate, requests) },
    verifyDialogToken: async (token) => {
      const claims = await dialogTokens.verify(token);
      return { dialog: claims.i, identity: identityOfDialogToken(claims) };
    },
  };
}

function trustedIssuers(issuers: Config['access']['issuers'], { sender }: Outgoing): TrustedIssuer[] {
  return (issuers ?? []).map(({ issuer, jwks, audience }) => ({
    issuer,
    ...(audience !== undefined && { audience: [audience] }),
    keys: remoteKeys({ url: new URL(jwks), fetchKeySet: (url) => fetchJson(sender, url.href, KEY_SET) }),
  }));
}

function bearerOf(headers: IncomingHttpHeaders): string {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) throw new Failure('token-missing');
  return token;
}
