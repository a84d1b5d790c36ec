/** A message of an event stream. */
export interface StreamMessage {
  readonly event: string;
  readonly data: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A client of GraphQL over SSE (distinct connections mode) that writes down what it is told. */
export class StreamClient implements AsyncDisposable {
  readonly messages: StreamMessage[] = [];
  /** Comments that keep the stream alive. */
  comments = 0;
  ended = false;
  readonly #ended = new AbortController();
  readonly #reading: Promise<void>;

  constructor(response: Response, ended: AbortController) {
    this.#ended = ended;
    this.#reading = this.#read(response).catch(() => undefined);
  }

  static async open(
    url: string,
    request: { token: string; query: string; headers?: Record<string, string> },
  ) {
    const ended = new AbortController();
    const response = await fetch(url, {
      method: 'POST',
      signal: ended.signal,
      headers: {
        authorization: `Bearer ${request.token}`,
        accept: 'text/event-stream',
        'content-type': 'application/json',
        ...request.headers,
      },
      body: JSON.stringify({ query: request.query, variables: {} }),
    });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return new StreamClient(response, ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#reading;
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const part of response.body ?? []) {
      text += decoder.decode(part, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
    this.ended = true;
  }

  #take(block: string): void {
    if (block.startsWith(':')) this.comments++;
    else {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1] ?? '';
      const at = performance.timeOrigin + performance.now();
      this.messages.push({ event: field('event'), data: field('data'), at });
    }
  }
}
