/** What the platform answered. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Who asks: a kind of the development issuer's tokens and its query. */
export interface Who {
  readonly kind: 'GetEnterpriseToken' | 'GetPersonalToken';
  readonly query: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly mediaType?: string;
}

/** Milliseconds that an answer is waited for: a process may have been stopped. */
const PATIENCE = 2500;
/** Seconds that a token is good for: longer than any run, and than any clock is wrong. */
const TOKEN_LIFE = 86_400;

/** One process as its callers know it. Each has tokens of its own: a clock that is wrong makes tokens that are. */
export class Api {
  readonly base: string;
  readonly #tokens = new Map<string, Promise<string>>();

  constructor(base: string) {
    this.base = base;
  }

  /** Rejects when no answer comes in time. */
  async ask(who: Who, { method, path, body, mediaType = 'application/json' }: Asked): Promise<Answer> {
    const token = await this.#token(who);
    const response = await fetch(`${this.base}${path}`, {
      ...{ method, signal: AbortSignal.timeout(PATIENCE) },
      headers: { authorization: `Bearer ${token}`, 'content-type': mediaType },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text.startsWith('{') || text.startsWith('"') ? JSON.parse(text) : text,
    };
  }

  async isReady(): Promise<boolean> {
    const signal = AbortSignal.timeout(PATIENCE);
    return fetch(`${this.base}/health/readiness`, { signal }).then(
      (response) => response.ok,
      () => false,
    );
  }

  #token({ kind, query }: Who): Promise<string> {
    const name = `${kind} ${JSON.stringify(query)}`;
    const known = this.#tokens.get(name) ?? this.#makeToken(kind, query);
    this.#tokens.set(name, known);
    known.catch(() => this.#tokens.delete(name));
    return known;
  }

  async #makeToken(kind: string, query: Readonly<Record<string, string>>): Promise<string> {
    const search = new URLSearchParams({ ...query, ttl: String(TOKEN_LIFE) }).toString();
    const response = await fetch(`${this.base}/dev/token/${kind}?${search}`, {
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (!response.ok) throw new Error(`no token: ${response.status}`);
    return response.text();
  }
}
