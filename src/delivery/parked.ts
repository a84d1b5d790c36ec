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
