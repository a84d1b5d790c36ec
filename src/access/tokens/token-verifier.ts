import { errors, type JWTVerifyOptions, jwtVerify } from 'jose';
import { Failure } from '../../lib/errors.ts';
import type { Claims, IssuerKind } from './claims.ts';
import { claimedIssuer, refused } from './compact-jwt.ts';
import type { KeySource } from './key-source.ts';
import { RememberedTokens } from './remembered-tokens.ts';

export interface TrustedIssuer {
  /** Must equal `iss`. */
  readonly issuer: string;
  /** `aud` must hold one of these. Not checked when left out; Maskinporten leaves `aud` to the scope's owner. */
  readonly audience?: readonly string[] | undefined;
  readonly keys: KeySource;
  /** Believed about everything ('altinn') unless given. */
  readonly kind?: IssuerKind | undefined;
}

export interface TokenVerifierOptions {
  readonly trusted: (issuer: string) => TrustedIssuer | undefined;
  /** Seconds by which our clock and an issuer's may differ. 10 unless given. */
  readonly clockSkew?: number;
  /** Accepted `alg` values. Public-key signatures only: `none` and HMAC are never among them. */
  readonly algorithms?: readonly string[];
  /** What the header's `typ` must be; anything unless given. */
  readonly type?: string;
}

export interface TokenVerifier {
  /**
   * Checks size, form, algorithm, signature, issuer, audience, `exp` (required) and `nbf`. Throws
   * Failure('token-refused') with a detail that holds nothing of the token, or Failure('decision-unavailable') when
   * the issuer's keys cannot be had.
   */
  verify(token: string): Promise<Claims>;
}

const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');

/** Characters: larger than any token of Maskinporten, ID-porten or Altinn, small enough to hash and parse. */
const MAX_LENGTH = 16_384;

/** Finds an issuer in a list. */
export function among(issuers: readonly TrustedIssuer[]): (issuer: string) => TrustedIssuer | undefined {
  const byName = new Map(issuers.map((trusted) => [trusted.issuer, trusted]));
  return (issuer) => byName.get(issuer);
}

export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const remembered = new RememberedTokens();
  return {
    async verify(token) {
      if (token.length > MAX_LENGTH) throw refused('The token is larger than 16 kB.');
      const known = remembered.get(token);
      if (known) return known;
      const trusted = options.trusted(claimedIssuer(token));
      if (!trusted) throw refused('The issuer of the token is not trusted here.');
      const claims = await checked(token, trusted, options);
      remembered.add(token, claims);
      return claims;
    },
  };
}

async function checked(
  token: string,
  trusted: TrustedIssuer,
  options: TokenVerifierOptions,
): Promise<Claims> {
  const rules: JWTVerifyOptions = {
    algorithms: [...(options.algorithms ?? ALGORITHMS)],
    issuer: trusted.issuer,
    clockTolerance: options.clockSkew ?? 10,
    requiredClaims: ['exp'],
    ...(trusted.audience && { audience: [...trusted.audience] }),
    ...(options.type !== undefined && { typ: options.type }),
  };
  const payload = await jwtVerify(token, trusted.keys, rules).then((result) => result.payload, refuse);
  return {
    issuer: trusted.issuer,
    kind: trusted.kind ?? 'altinn',
    expires: (payload.exp ?? 0) * 1000,
    values: payload,
  };
}

const details: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'The token has expired.',
  ERR_JOSE_ALG_NOT_ALLOWED: 'The algorithm of the signature is not accepted.',
  ERR_JWKS_NO_MATCHING_KEY: 'The issuer has published no key that fits the token.',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'The token does not say which key of its issuer signed it.',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'The signature of the token is wrong.',
};

/** The library's messages and errors carry claims, so neither is passed on. */
function refuse(thrown: unknown): never {
  if (thrown instanceof Failure) throw thrown;
  if (!(thrown instanceof errors.JOSEError)) throw refused('The token cannot be verified.', thrown);
  if (thrown instanceof errors.JWTClaimValidationFailed)
    throw refused(`The claim ${thrown.claim} of the token is missing or not accepted.`);
  throw refused(details[thrown.code] ?? 'The token is not a signed JWT that is understood here.');
}
