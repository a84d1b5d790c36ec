/** A dialog that waits for its next attempt. Everything behind the head stays in the log. */
export interface Parked {
  readonly orderKey: string;
  readonly resource: string;
  readonly resourceInstance: string | null;
  /** Position of the event to attempt next, or a lower bound of it. */
  head: number;
  /** Attempts that the head has used up. */
  attempt: number;
  /** Monotonic milliseconds. */
  dueAt: number;
  cause: string;
  draining: boolean;
  /** Out of attempts: it waits until the dead letter at its head is settled. */
  held: boolean;
}

/**
 * The dialogs of one course that wait, by order key. There may be ten thousand of them, and every attempt tells below
 * which of their heads everything is settled, so that is not looked for at every attempt.
 */
export class ParkedDialogs extends Map<string, Parked> {
  #lowest: number | undefined;

  /** At or below every head; infinite when nothing is parked. Heads only rise, so it holds until it is found anew. */
  get lowestHead(): number {
    if (this.#lowest === undefined) {
      this.#lowest = Number.POSITIVE_INFINITY;
      for (const { head } of this.values()) this.#lowest = Math.min(this.#lowest, head);
    }
    return this.#lowest;
  }

  override set(orderKey: string, parked: Parked): this {
    if (this.#lowest !== undefined) this.#lowest = Math.min(this.#lowest, parked.head);
    return super.set(orderKey, parked);
  }

  /** Heads have risen or gone: the lowest is found anew when it is next asked for. */
  forgetLowest(): void {
    this.#lowest = undefined;
  }
}
