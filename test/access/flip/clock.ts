import { monotonic } from '../../../src/lib/time.ts';

/** How often the watcher notes that it is awake. */
const TICK = 2;

/**
 * When things are seen. A busy watcher sees late what came in time, so everything that is seen is also given the moment
 * at which the watcher last looked: before that it cannot have come.
 */
export class Clock implements Disposable {
  #lastLook = monotonic();
  readonly #timer = setInterval(() => (this.#lastLook = monotonic()), TICK);

  now(): number {
    return monotonic();
  }

  sighting(): { readonly seen: number; readonly earliest: number } {
    const seen = monotonic();
    return { seen, earliest: Math.min(this.#lastLook, seen) };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
