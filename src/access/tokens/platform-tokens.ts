import { refused } from './compact-jwt.ts';
import { createTokenVerifier, type TokenVerifierOptions } from './token-verifier.ts';

/** The app that a platform access token speaks for; Altinn writes it `{issuer}/{app}`. */
export interface PlatformApp {
  /** Short code of the app's owner, or `platform`. */
  readonly issuer: string;
  readonly app: string;
}

export interface PlatformTokenVerifier {
  /** The token of the header `PlatformAccessToken`. Throws Failure('token-refused'). */
  verify(token: string): Promise<PlatformApp>;
}

/**
 * Verifies platform access tokens (Altinn Events §1.0): signed by the owner of an app, whose short code is the issuer
 * and whose app stands in `urn:altinn:app`.
 */
export function createPlatformTokenVerifier(options: TokenVerifierOptions): PlatformTokenVerifier {
  const verifier = createTokenVerifier(options);
  return {
    async verify(token) {
      const { issuer, values } = await verifier.verify(token);
      const app = values['urn:altinn:app'];
      if (typeof app !== 'string' || app === '') throw refused('The token names no app.');
      return { issuer, app };
    },
  };
}
