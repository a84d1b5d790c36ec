/** What the platform answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body when it is JSON, otherwise its text. */
  readonly body: unknown;
}

/** What goes with a request. */
export interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody who calls the platform with a token of their own. */
export class Caller {
  readonly #base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /** @param path with its query, from the origin on */
  async call(method: string, path: string, { body, headers }: Sent = {}): Promise<Answer> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text) };
  }

  /** As `call`, but anything other than success is an error that says what was answered. */
  async must(method: string, path: string, sent?: Sent): Promise<Answer> {
    const answer = await this.call(method, path, sent);
    if (answer.status < 300) return answer;
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
