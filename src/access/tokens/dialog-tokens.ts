import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { Failure } from '../../lib/errors.ts';
import { wallClock } from '../../lib/time.ts';
import type { Keyring } from '../keys/signing-key.ts';
import { organizationUrn, PERSON, personUrn, systemUserUrn } from '../party-identifiers.ts';
import type { Identity } from '../ports.ts';
import { refused } from './compact-jwt.ts';
import { localKeys } from './key-source.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

/** Seconds. */
const LIFETIME = 600;
const CLOCK_SKEW = 2;

/** The claims of a dialog token (Dialogporten). Those with a question mark stand there only when they apply. */
export interface DialogTokenClaims {
  readonly jti: string;
  readonly iss: string;
  /** Epoch seconds. */
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  /** Authentication level. */
  readonly l: number;
  /** Party URN of the authenticated consumer: a person or an organisation. */
  readonly c: string;
  /** Party URN of the dialog. */
  readonly p: string;
  /** URN of the supplier that acts. */
  readonly u?: string;
  /** System user, and the organisation it acts for. */
  readonly y?: string;
  readonly o?: string;
  /** Service resource. */
  readonly s: string;
  /** Dialog id. */
  readonly i: string;
  /** Authorised actions, such as `read;write;sign,urn:altinn:subresource:x`. */
  readonly a: string;
}

/** What a dialog token says: who may do what with which dialog. */
export interface DialogGrant {
  readonly identity: Identity;
  readonly dialogId: string;
  readonly party: string;
  readonly serviceResource: string;
  /** `attribute` is left out for the dialog's own service resource. */
  readonly actions: readonly { readonly action: string; readonly attribute?: string | undefined }[];
}

export interface DialogTokensOptions {
  /** `{base}/dialogporten/api/v1`, where the key set is published as well. */
  readonly issuer: string;
  readonly keyring: Keyring;
}

/** Issues and verifies dialog tokens: Ed25519, ten minutes, the key named by `kid`. */
export class DialogTokens {
  readonly #options: DialogTokensOptions;
  readonly #verifier: TokenVerifier;

  constructor(options: DialogTokensOptions) {
    const keys = localKeys(() => options.keyring.published('dialog-token'));
    const own = { issuer: options.issuer, keys };
    this.#options = options;
    this.#verifier = createTokenVerifier({
      trusted: (issuer) => (issuer === own.issuer ? own : undefined),
      clockSkew: CLOCK_SKEW,
      algorithms: ['EdDSA'],
      type: 'JWT',
    });
  }

  /** Throws Failure('identity-missing') for a caller that is neither person, system user nor organisation. */
  async issue(grant: DialogGrant): Promise<string> {
    const { kid, algorithm, key } = this.#options.keyring.current('dialog-token');
    const claims = claimsOf(grant, this.#options.issuer);
    return new SignJWT({ ...claims }).setProtectedHeader({ alg: algorithm, typ: 'JWT', kid }).sign(key);
  }

  /** Throws Failure('token-refused'). Whether `i` is the dialog asked for is the caller's to check. */
  async verify(token: string): Promise<DialogTokenClaims> {
    const { values } = await this.#verifier.verify(token);
    if (!isDialogTokenClaims(values)) throw refused('The token is not a dialog token.');
    return values;
  }
}

function claimsOf(grant: DialogGrant, issuer: string): DialogTokenClaims {
  const { identity } = grant;
  const now = Math.floor(wallClock() / 1000);
  return {
    jti: randomUUID(),
    iss: issuer,
    iat: now,
    nbf: now,
    exp: now + LIFETIME,
    l: identity.level,
    c: consumer(identity),
    p: grant.party,
    ...(identity.supplier && { u: organizationUrn(identity.supplier) }),
    ...(identity.systemUser && {
      y: systemUserUrn(identity.systemUser.id),
      o: organizationUrn(identity.systemUser.orgNumber),
    }),
    s: grant.serviceResource,
    i: grant.dialogId,
    a: grant.actions
      .map(({ action, attribute }) => (attribute ? `${action},${attribute}` : action))
      .join(';'),
  };
}

/** The consumer is whom the token was issued to: of a system user's token the organisation, named apart from it. */
function consumer(identity: Identity): string {
  if (identity.pid !== undefined) return personUrn(identity.pid);
  const orgNumber = identity.orgNumber ?? identity.systemUser?.orgNumber;
  if (orgNumber === undefined) throw new Failure('identity-missing');
  return organizationUrn(orgNumber);
}

function isDialogTokenClaims(values: object): values is DialogTokenClaims {
  const claims = values as Partial<Record<string, unknown>>;
  return (
    ['c', 'p', 's', 'i', 'a'].every((name) => typeof claims[name] === 'string') && Number.isInteger(claims.l)
  );
}

/** Whom a dialog token speaks for, as far as the dialog itself is concerned: it carries no scopes. */
export function identityOfDialogToken(claims: DialogTokenClaims): Identity {
  const numberIn = (urn: string | undefined) => urn?.slice(urn.lastIndexOf(':') + 1);
  const base = { scopes: [], level: claims.l };
  if (claims.y !== undefined) {
    const orgNumber = numberIn(claims.o) ?? '';
    return { ...base, systemUser: { id: numberIn(claims.y) ?? '', orgNumber } };
  }
  return claims.c.startsWith(`${PERSON}:`)
    ? { ...base, pid: numberIn(claims.c) }
    : { ...base, orgNumber: numberIn(claims.c) };
}
