import type { IncomingHttpHeaders } from 'node:http';
import { consumerOf, withRegisteredIds } from '../access/caller.ts';
import { DevelopmentIssuer } from '../access/development/development-issuer.ts';
import type { DecisionPoint, ResourceRegistry } from '../access/ports.ts';
import { DialogTokens, identityOfDialogToken } from '../access/tokens/dialog-tokens.ts';
import { identityOf } from '../access/tokens/identity.ts';
import { remoteKeys } from '../access/tokens/key-source.ts';
import { among, createTokenVerifier, type TrustedIssuer } from '../access/tokens/token-verifier.ts';
import { createLocalDecisionPoint } from '../access/local-decision-point.ts';
import type { Config } from '../config.ts';
import type { Authenticate } from '../http/authenticate.ts';
import { Failure } from '../lib/errors.ts';
import { fetchJson } from '../outbound/fetch-json.ts';
import type { Ground } from './ground.ts';
import type { Outgoing } from './outgoing.ts';

/** Who calls, and what they may do. */
export interface Callers {
  readonly authenticate: Authenticate;
  readonly dialogTokens: DialogTokens;
  /** Decides with what is in memory: for those who have just read the log, and so know that it is current. */
  readonly decisions: DecisionPoint;
  /** Makes sure first that memory is current. */
  readonly freshDecisions: DecisionPoint;
  readonly registry: ResourceRegistry;
  readonly developmentIssuer: DevelopmentIssuer | undefined;
  verifyDialogToken(
    token: string,
  ): Promise<{ dialog: string; identity: ReturnType<typeof identityOfDialogToken> }>;
}

/** Milliseconds that registry and grants in memory may be old when nobody has read the log. */
const FRESH_MS = 250;
const KEY_SET = { timeout: 5000, maxBytes: 1 << 20 };

export function openCallers(config: Config, ground: Ground, outgoing: Outgoing): Callers {
  const { access, keys } = ground;
  const { baseUrl } = config.http;
  const decisions = createLocalDecisionPoint(access);
  const developmentIssuer =
    config.mode === 'dev'
      ? new DevelopmentIssuer({ issuer: `${baseUrl}/dev/token`, keyring: keys, register: access })
      : undefined;
  const trusted = [
    ...trustedIssuers(config, outgoing),
    ...(developmentIssuer ? [developmentIssuer.trusted()] : []),
  ];
  const verifier = createTokenVerifier({
    trusted: among(trusted),
    clockSkew: config.access.clockSkewMs / 1000,
  });
  const dialogTokens = new DialogTokens({ issuer: `${baseUrl}/dialogporten/api/v1`, keyring: keys });
  return {
    ...{ decisions, dialogTokens, developmentIssuer },
    authenticate: async (headers) => {
      const claims = await verifier.verify(bearerOf(headers));
      const identity = await withRegisteredIds(identityOf(claims), access);
      return { identity, consumer: consumerOf(identity) };
    },
    freshDecisions: {
      decide: async (questions) => {
        await access.freshen(FRESH_MS);
        return decisions.decide(questions);
      },
    },
    registry: {
      resource: async (urn) => {
        await access.freshen(FRESH_MS);
        return access.resource(urn);
      },
    },
    verifyDialogToken: async (token) => {
      const claims = await dialogTokens.verify(token);
      return { dialog: claims.i, identity: identityOfDialogToken(claims) };
    },
  };
}

function trustedIssuers(config: Config, { sender }: Outgoing): TrustedIssuer[] {
  return (config.access.issuers ?? []).map(({ issuer, jwks, audience }) => ({
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
