import { Failure } from '../../lib/errors.ts';

/** An answer, and since when it is known. */
export interface Found<Answer> {
  readonly answer: Answer;
  /** Monotonic milliseconds before the question was sent: what changed later may not be in the answer. */
  readonly askedAt: number;
}

export interface LookupOptions<Question, Answer> {
  /** The same for questions that have the same answer. */
  readonly keyOf: (question: Question) => string;
  /**
   * Asks for all of them at once and gives the answers by key, in any order. A question without an answer fails alone;
   * when it rejects all of them fail.
   */
  readonly ask: (questions: readonly Question[]) => Promise<ReadonlyMap<string, Answer>>;
  /** Milliseconds that an answer is used for, counted from `askedAt`; 0: by those only who waited for it. */
  readonly lifetimeOf: (answer: Answer) => number;
  /** Whether a question takes the answer to the same one that was sent before it came. */
  readonly joinsSent: boolean;
  /** Questions that go into one request. */
  readonly batchMost: number;
  /** Requests under way at once. */
  readonly requestsMost: number;
  /** Answers that are remembered, where they are large; 50,000 else. */
  readonly knownMost?: number;
  readonly now: () => number;
}

/** Questions that may wait, and answers that are remembered. */
const WAITING_MOST = 20_000;
const KNOWN_MOST = 50_000;

interface Open<Question, Answer> {
  readonly key: string;
  readonly question: Question;
  readonly found: Promise<Found<Answer>>;
  readonly resolve: (found: Found<Answer>) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * Answers from elsewhere: remembered for a while, asked for once when many want the same, and many at a time.
 *
 * A question waits until the turn of the event loop is over, with all others of that turn, and longer when as many
 * requests are under way as may be: then more come together, so that a slow service gets larger requests and not more.
 * An answer that is too old is never given, also not while nobody answers.
 */
export class Lookup<Question, Answer> {
  readonly #options: LookupOptions<Question, Answer>;
  /** In the order of their age. */
  readonly #known = new Map<string, Found<Answer>>();
  /** What is waited for and may be joined, by key. */
  readonly #open = new Map<string, Open<Question, Answer>>();
  #waiting: Open<Question, Answer>[] = [];
  #requests = 0;
  #isPlanned = false;

  constructor(options: LookupOptions<Question, Answer>) {
    this.#options = options;
  }

  /** @throws whatever `ask` throws; Failure `decision-unavailable` when it has no answer, or too many wait for one */
  async find(question: Question): Promise<Found<Answer>> {
    const key = this.#options.keyOf(question);
    return this.recall(key) ?? (this.#open.get(key) ?? this.#enqueue(key, question)).found;
  }

  /** What is known by the key and young enough. */
  recall(key: string): Found<Answer> | undefined {
    const known = this.#known.get(key);
    if (known === undefined || this.#isYoung(known)) return known;
    this.#known.delete(key);
    return undefined;
  }

  #isYoung({ answer, askedAt }: Found<Answer>): boolean {
    return this.#options.now() < askedAt + this.#options.lifetimeOf(answer);
  }

  #enqueue(key: string, question: Question): Open<Question, Answer> {
    if (this.#waiting.length >= WAITING_MOST) {
      throw new Failure('decision-unavailable', { detail: 'Too many wait for an answer.', retryAfter: 1 });
    }
    const open = { key, question, ...promised<Found<Answer>>() };
    this.#open.set(key, open);
    this.#waiting.push(open);
    this.#plan();
    return open;
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      this.#sendWaiting();
    });
  }

  #sendWaiting(): void {
    const { batchMost, requestsMost } = this.#options;
    while (this.#waiting.length > 0 && this.#requests < requestsMost) {
      void this.#send(this.#waiting.splice(0, batchMost));
    }
  }

  async #send(batch: readonly Open<Question, Answer>[]): Promise<void> {
    const { ask, now, joinsSent } = this.#options;
    if (!joinsSent) this.#leave(batch);
    this.#requests++;
    const askedAt = now();
    try {
      const answers = await ask(batch.map(({ question }) => question));
      for (const open of batch) this.#settle(open, answers, askedAt);
    } catch (thrown) {
      for (const open of batch) open.reject(thrown);
    } finally {
      this.#leave(batch);
      this.#requests--;
      this.#sendWaiting();
    }
  }

  /** From here on whoever asks the same asks anew. */
  #leave(batch: readonly Open<Question, Answer>[]): void {
    for (const open of batch) if (this.#open.get(open.key) === open) this.#open.delete(open.key);
  }

  #settle(open: Open<Question, Answer>, answers: ReadonlyMap<string, Answer>, askedAt: number): void {
    const answer = answers.get(open.key);
    if (answer === undefined && !answers.has(open.key)) return open.reject(unanswered());
    const found = { answer: answer as Answer, askedAt };
    this.#remember(open.key, found);
    open.resolve(found);
  }

  #remember(key: string, found: Found<Answer>): void {
    if (!this.#isYoung(found)) return;
    this.#known.delete(key);
    this.#known.set(key, found);
    if (this.#known.size <= (this.#options.knownMost ?? KNOWN_MOST)) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}

function unanswered(): Failure {
  return new Failure('decision-unavailable', { detail: 'No answer came to this question.', retryAfter: 1 });
}

function promised<T>() {
  let resolve!: (value: T) => void;
  let reject!: (thrown: unknown) => void;
  const found = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { found, resolve, reject };
}
