import { randomUUID } from 'node:crypto';
import { decodeJwt, importJWK, type JWK, SignJWT } from 'jose';
import { Failure } from '../../lib/errors.ts';
import { monotonic, wallClock } from '../../lib/time.ts';
import type { SendLimits } from '../../outbound/exchange.ts';
import type { Credentials } from './credentials.ts';
import type { Send } from './remote-service.ts';

/** A client of Maskinporten, as it was registered there. */
export interface MaskinportenClient {
  readonly tokenUrl: string;
  /** Maskinporten's own name. */
  readonly audience: string;
  readonly clientId: string;
  /** With spaces between. */
  readonly scope: string;
  /** Private key with `kid` and `alg`. */
  readonly key: Readonly<Record<string, unknown>>;
}

export interface MaskinportenOptions {
  readonly client: MaskinportenClient;
  /** Origin of Altinn, which gives its own token for Maskinporten's. */
  readonly altinnUrl: string;
  /** Headers that go with every request to Altinn. */
  readonly headers: Readonly<Record<string, string>>;
  readonly send: Send;
  /** Milliseconds for each of the two requests. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const EXCHANGE = '/authentication/api/v1/exchange/maskinporten';
/** Seconds that an assertion is good for; Maskinporten takes at most 120. */
const ASSERTION_S = 100;
/** A new token is fetched while the old one is still good for this share of its life. */
const RENEW_SHARE = 0.2;
/** Milliseconds before a token ends at which it is no longer sent: clocks differ and requests take time. */
const MARGIN_MS = 10_000;
/** Milliseconds after a failure in which nobody asks again. */
const COOLDOWN_MS = 1000;
const ANSWER_MOST = 65_536;

interface Token {
  readonly headers: Readonly<Record<string, string>>;
  /** Monotonic milliseconds. */
  readonly renewAt: number;
  readonly endsAt: number;
}

/**
 * Altinn's tokens for a machine: a signed assertion buys a token of Maskinporten (RFC 7523 §2.1), and that one is
 * exchanged for a token of Altinn. One token serves everyone until it is about to end.
 */
export class MaskinportenCredentials implements Credentials {
  readonly #options: MaskinportenOptions;
  #token: Token | undefined;
  #renewing: Promise<Token> | undefined;

  constructor(options: MaskinportenOptions) {
    this.#options = options;
  }

  async headers(): Promise<Readonly<Record<string, string>>> {
    const now = monotonic();
    const token = this.#token;
    if (token === undefined || now >= token.endsAt) return (await this.#renew()).headers;
    // The old one still serves, so nobody waits for the new one, nor needs to know if it fails.
    if (now >= token.renewAt) this.#renew().catch(() => undefined);
    return token.headers;
  }

  refused(headers: Readonly<Record<string, string>>): void {
    if (this.#token?.headers === headers) this.#token = undefined;
  }

  /** One renewal at a time; one that failed stands for a moment for all who come. */
  #renew(): Promise<Token> {
    this.#renewing ??= this.#fetch().then(
      (token) => {
        this.#renewing = undefined;
        return (this.#token = token);
      },
      (thrown: unknown) => {
        setTimeout(() => (this.#renewing = undefined), COOLDOWN_MS).unref();
        throw thrown;
      },
    );
    return this.#renewing;
  }

  async #fetch(): Promise<Token> {
    const token = await this.#exchange(await this.#buy());
    const left = endOf(token) - wallClock() - MARGIN_MS;
    return {
      headers: { ...this.#options.headers, authorization: `Bearer ${token}` },
      endsAt: monotonic() + left,
      renewAt: monotonic() + left * (1 - RENEW_SHARE),
    };
  }

  /** A token of Maskinporten. */
  async #buy(): Promise<string> {
    const { tokenUrl } = this.#options.client;
    const body = new URLSearchParams({ grant_type: GRANT, assertion: await this.#assertion() });
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
    const text = await this.#ask('Maskinporten', { url: tokenUrl, headers, body: String(body) });
    const token = readJson(text)?.['access_token'];
    if (typeof token !== 'string') throw unavailable('Maskinporten', 'it gave no token');
    return token;
  }

  async #assertion(): Promise<string> {
    const { audience, clientId, scope, key } = this.#options.client;
    const alg = String(key['alg']);
    const now = Math.floor(wallClock() / 1000);
    return new SignJWT({ scope, jti: randomUUID() })
      .setProtectedHeader({ alg, kid: String(key['kid']) })
      .setIssuer(clientId)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + ASSERTION_S)
      .sign(await importJWK(key as JWK, alg));
  }

  /** A token of Altinn; the answer is the token itself, with or without quotation marks. */
  async #exchange(token: string): Promise<string> {
    const { altinnUrl, headers } = this.#options;
    const text = await this.#ask('Altinn Authentication', {
      url: altinnUrl + EXCHANGE,
      headers: { ...headers, authorization: `Bearer ${token}` },
    });
    return text.trim().replace(/^"(.*)"$/, '$1');
  }

  async #ask(
    name: string,
    request: { url: string; headers: Record<string, string>; body?: string },
  ): Promise<string> {
    const { send, timeoutMs, signal } = this.#options;
    const method = request.body === undefined ? 'GET' : 'POST';
    const mayStart = () => !signal.aborted;
    const answer = await send({ ...request, method, mayStart }, limitsOf(timeoutMs));
    if (answer.kind !== 'answered') throw unavailable(name, 'it did not answer');
    const isWhole = answer.status === 200 && answer.complete;
    if (!isWhole) throw unavailable(name, `it answered ${answer.status}`);
    return answer.body;
  }
}

/** Epoch milliseconds at which the token ends. Whether it is genuine is for those to judge who take it. */
function endOf(token: string): number {
  try {
    const { exp } = decodeJwt(token);
    if (exp !== undefined) return exp * 1000;
  } catch {
    // Told below: what cannot be read is no token.
  }
  throw unavailable('Altinn Authentication', 'it gave no token');
}

function readJson(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function unavailable(name: string, why: string): Failure {
  const detail = `${name} gives no token right now: ${why}.`;
  return new Failure('decision-unavailable', { detail, retryAfter: COOLDOWN_MS / 1000 });
}

function limitsOf(milliseconds: number): SendLimits {
  const each = { connect: milliseconds, headers: milliseconds, body: milliseconds, total: milliseconds };
  return { ...each, keep: ANSWER_MOST, drain: 0 };
}
