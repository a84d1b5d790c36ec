import { randomUUID } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';
import { wallClock } from '../../lib/time.ts';
import type { Keyring, PublicJwk } from '../keys/signing-key.ts';
import { personUrn } from '../party-identifiers.ts';
import type { Register } from '../ports.ts';
import { type KeySource, localKeys } from '../tokens/key-source.ts';
import type { TrustedIssuer } from '../tokens/token-verifier.ts';
import {
  enterpriseClaims,
  personalClaims,
  personIds,
  platformAccessClaims,
  systemUserClaims,
} from './token-claims.ts';
import { forms, lifetimeIn, required, type TokenQuery } from './token-query.ts';

export interface DevelopmentIssuerOptions {
  /** `iss` and `aud` of its tokens, such as `{origin}/dev/token`. */
  readonly issuer: string;
  /** Holds 'dev-token' keys, which a production process never opens. */
  readonly keyring: Keyring;
  /** Where the ids of persons come from; whoever is not in it gets derived ones. */
  readonly register: Register;
}

/**
 * Makes tokens for anyone who asks, with the query interface of Altinn's test token generator. Development mode only:
 * whoever reaches it is whoever he wants to be. Each method throws Failure('request-invalid') naming the parameter.
 */
export class DevelopmentIssuer {
  readonly #options: DevelopmentIssuerOptions;
  readonly #keys: KeySource;

  constructor(options: DevelopmentIssuerOptions) {
    this.#options = options;
    this.#keys = localKeys(() => options.keyring.published('dev-token'));
  }

  /** `scopes, orgNo, org?, ttl?` */
  async enterpriseToken(query: TokenQuery): Promise<string> {
    return this.#signOwn(query, enterpriseClaims(query));
  }

  /** `scopes, pid, authLvl?, ttl?` */
  async personalToken(query: TokenQuery): Promise<string> {
    const urn = personUrn(required(query, 'pid', forms.person));
    const ids = personIds(urn, await this.#options.register.party(urn));
    return this.#signOwn(query, personalClaims(query, ids));
  }

  /** `scopes, systemUserId, systemUserOrg, ttl?` */
  async systemUserToken(query: TokenQuery): Promise<string> {
    return this.#signOwn(query, systemUserClaims(query));
  }

  /** `app=org/app, ttl?`: for the header `PlatformAccessToken`. */
  async platformAccessToken(query: TokenQuery): Promise<string> {
    const { issuer, app } = platformAccessClaims(query);
    return this.#sign(query, { iss: issuer, 'urn:altinn:app': app });
  }

  keySet(): { readonly keys: readonly PublicJwk[] } {
    return { keys: this.#options.keyring.published('dev-token') };
  }

  /** For the token verifier. */
  trusted(): TrustedIssuer {
    const { issuer } = this.#options;
    return { issuer, audience: [issuer], keys: this.#keys };
  }

  /** For the platform token verifier: any short code is an issuer here. */
  trustedPlatform(issuer: string): TrustedIssuer | undefined {
    return forms.org.pattern.test(issuer) ? { issuer, keys: this.#keys } : undefined;
  }

  async #signOwn(query: TokenQuery, claims: JWTPayload): Promise<string> {
    const { issuer } = this.#options;
    return this.#sign(query, { ...claims, iss: issuer, aud: issuer });
  }

  async #sign(query: TokenQuery, claims: JWTPayload): Promise<string> {
    const { kid, algorithm, key } = this.#options.keyring.current('dev-token');
    const now = Math.floor(wallClock() / 1000);
    return new SignJWT({ ...claims, jti: randomUUID(), iat: now, nbf: now, exp: now + lifetimeIn(query) })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid })
      .sign(key);
  }
}
