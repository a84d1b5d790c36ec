import { wallClock } from '../../src/lib/time.ts';

/** How often is looked, in milliseconds. */
const TICK = 2;

/**
 * When this process last had nothing to do. Whatever it is told of later came later: on a machine that is busy, a
 * request may have waited for us long before we see it, connections that nobody has accepted first of all.
 */
export class Idleness implements Disposable {
  #lastIdle = wallClock();
  #lastTick = this.#lastIdle;
  #idle = performance.nodeTiming.idleTime;
  readonly #timer = setInterval(() => this.#tick(), TICK);

  /** Epoch milliseconds. */
  get last(): number {
    return this.#lastIdle;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Between two ticks the loop waited or it did not; when it did, not before the first of them. */
  #tick(): void {
    const idle = performance.nodeTiming.idleTime;
    if (idle > this.#idle) this.#lastIdle = this.#lastTick;
    this.#idle = idle;
    this.#lastTick = wallClock();
  }
}
