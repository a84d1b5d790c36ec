import { monotonic } from '../lib/time.ts';

/** Something that has to end by a time on the monotonic clock. The deadline may move while it is watched. */
export interface Deadlined {
  readonly deadline: number;
  expire(): void;
}

/** How late an end may come, in milliseconds. */
const TICK = 20;

/**
 * Ends what has passed its deadline. One timer for all of them: a timer per request, let alone an AbortSignal, costs
 * more than looking at every open request fifty times a second. The timer runs only while something is watched.
 */
export class Deadlines {
  readonly #watched = new Set<Deadlined>();
  #timer: NodeJS.Timeout | undefined;

  watch(item: Deadlined): void {
    this.#watched.add(item);
    this.#timer ??= setInterval(() => this.#tick(), TICK);
  }

  forget(item: Deadlined): void {
    this.#watched.delete(item);
  }

  #tick(): void {
    if (this.#watched.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const now = monotonic();
    for (const item of this.#watched) if (item.deadline <= now) item.expire();
  }
}
