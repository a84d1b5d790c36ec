import type { Health } from '../../src/delivery/health.ts';
import type { Verdict } from '../../src/delivery/verdict.ts';

/** What an endpoint does with every request, whatever the event. */
export type Mood = 'up' | 'refuses' | 'silent' | 'asks' | 'gone';

const MOODS: readonly Mood[] = ['up', 'up', 'refuses', 'silent', 'asks', 'gone'];
const WAIT_MS = 30_000;

const ANSWERS: Readonly<Record<Exclude<Mood, 'up'>, Ended>> = {
  refuses: { kind: 'failed', cause: 'answered 500', status: 500 },
  silent: { kind: 'failed', cause: 'timeout: nothing' },
  asks: { kind: 'deferred', cause: 'answered 503', status: 503, waitMs: WAIT_MS },
  gone: { kind: 'gone', cause: 'answered 410', status: 410 },
};

export type Ended = Exclude<Verdict, { kind: 'not-started' }>;

/** The receiver of one subscription: its mood, and what it has asked for. It knows nothing of the sender. */
export class ModelEndpoint {
  mood: Mood = 'up';
  #quietUntil = 0;

  turn(choice: number): void {
    this.mood = MOODS[choice % MOODS.length]!;
  }

  /** A request begins. Throws when the endpoint has asked to be left alone. */
  reach(now: number): void {
    if (now < this.#quietUntil)
      throw new Error(`asked to wait until ${this.#quietUntil} and reached at ${now}`);
  }

  /** Whoever heard what it asked for has ended, perhaps before it was written down. */
  forgive(): void {
    this.#quietUntil = 0;
  }

  /** What it answers to a request, whose event it takes or not. */
  answer(now: number, isGood: boolean): Ended {
    if (this.mood === 'up')
      return isGood
        ? { kind: 'delivered', status: 200 }
        : { kind: 'failed', cause: 'answered 422', status: 422 };
    if (this.mood === 'asks') this.#quietUntil = Math.max(this.#quietUntil, now + WAIT_MS);
    return ANSWERS[this.mood];
  }
}

/** Throws when an attempt was used up, or an event given up, although the endpoint was held when it was made. */
export function checkAttempts(health: Health, before: number, after: number): void {
  if (health.phase === 'held' && after !== before)
    throw new Error(`${after - before} attempts were used up while the endpoint was held`);
}
