/** Failures in a row that open the circuit. */
const FAILURES_MOST = 5;
/** Milliseconds that it stays open at first, and at most: what has come back is found again within seconds. */
const OPEN = { first: 250, most: 5000 };

/**
 * Keeps requests from a service that does not answer, so that nobody waits for it in vain and it is not held down.
 *
 *     closed      requests go through. Five failures in a row, or a service that asks to be left alone:
 *     open        none goes through until its time is up. Then:
 *     half-open   one goes through, the probe, and no other until it is over. It succeeds: closed.
 *                 It fails: open again, for twice as long.
 *
 * Whoever was let through must say how it went. Who was let through before it opened comes late: a success closes it,
 * a failure changes nothing.
 */
export class Circuit {
  #state: 'closed' | 'open' | 'half-open' = 'closed';
  #failures = 0;
  #openMs = OPEN.first;
  /** Monotonic milliseconds. */
  #openUntil = 0;

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** Milliseconds to stay away; 0 lets one request through. */
  enter(now: number): number {
    if (this.#state === 'closed') return 0;
    if (this.#state === 'half-open' || now < this.#openUntil) return Math.max(1, this.#openUntil - now);
    this.#state = 'half-open';
    this.#openUntil = now + this.#openMs;
    return 0;
  }

  succeeded(): void {
    this.#state = 'closed';
    this.#failures = 0;
    this.#openMs = OPEN.first;
  }

  /** @param wait milliseconds for which the service asked to be left alone */
  failed(now: number, wait = 0): void {
    this.#failures++;
    const isEnough = this.#failures >= FAILURES_MOST || wait > 0;
    if (this.#state === 'open' || !isEnough) return;
    if (this.#state === 'half-open') this.#openMs = Math.min(this.#openMs * 2, OPEN.most);
    this.#state = 'open';
    this.#openUntil = now + Math.min(Math.max(this.#openMs, wait), OPEN.most);
  }
}
