import type { LogRow } from '../events/event.ts';
import { orderKeyOf, ownOrderKey } from '../events/filter.ts';
import type { Subscription } from '../subscriptions/subscription.ts';

/** Deliveries open in the whole process. */
export interface Tally {
  open: number;
}

/** How an event left a subscription's care without waiting any longer. */
export type SettledState = 'delivered' | 'withheld' | 'dead';

/** One event on its way to one subscription. */
export interface Delivery {
  readonly row: LogRow;
  /** The committed row read before it: where a cursor may stand while this one is open. */
  readonly before: number;
  readonly orderKey: string;
  /** Monotonic milliseconds. */
  readonly handedAt: number;
  sending: boolean;
}

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
}

/**
 * One subscription's way through the log, as this process knows it. Nothing here waits or talks to anybody.
 *
 * Rows are *offered* in the order of the log. A row that is wanted becomes a delivery, and stands in the queue of its
 * dialog; only the head of a queue may be sent, so one dialog keeps its order while others flow. A delivery ends in
 * one of two ways: it is *settled* (delivered, withheld, dead), or its dialog is *parked*, and then the parked entry
 * answers for it and for everything of that dialog behind it, which is left in the log.
 *
 * The database knows the course by one position, everything at or below which is settled or parked:
 *
 * - *joined*: it shares the cursor of its lane. The lane waits for it, but never longer than the hand-over time.
 * - otherwise it has a position of its own, and the lane goes on without it.
 *
 * In memory it is *attached* when the follower of the whole log offers it rows, and detached when the catch-up reader
 * reads for it alone. The two sides move like this:
 *
 *     joined, attached      keeps up. Something open for too long, or too much waiting:
 *     own, detached         what waits is forgotten and read again, as much at a time as the endpoint takes.
 *                           The reader has met the follower:
 *     own, attached         closes up. At a flush that finds it at or beyond the lane's cursor: joined again.
 *
 * What is settled above the position is remembered until the position has passed it: rows offered again are skipped,
 * and the database holds the same positions as outcomes, for whoever owns the lane next.
 */
export class Course {
  subscription: Subscription;
  joined: boolean;
  attached = false;
  /** Rows at or below have been offered. */
  handed: number;
  /** The position that the database has for it. */
  floor: number;
  /** The lane has gone to somebody else, or the subscription has ended: nothing begins any more. */
  ended = false;
  /** It can park no more dialogs: it stands where it is until some have been delivered. */
  halted = false;
  inFlight = 0;
  readonly parked = new Map<string, Parked>();
  readonly #tally: Tally;
  readonly #open = new Map<number, Delivery>();
  readonly #queues = new Map<string, Delivery[]>();
  readonly #settled = new Set<number>();
  #ready: Delivery[] = [];
  #unwritten: Record<SettledState, number[]> = { delivered: [], withheld: [], dead: [] };
  #parkedChanges = new Set<string>();

  constructor(subscription: Subscription, at: { position: number; joined: boolean; tally: Tally }) {
    this.#tally = at.tally;
    this.subscription = subscription;
    this.joined = at.joined;
    this.handed = at.position;
    this.floor = at.position;
  }

  get openCount(): number {
    return this.#open.size;
  }

  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Whether a flush has anything to write for it besides its position. */
  get hasUnwritten(): boolean {
    const { delivered, withheld, dead } = this.#unwritten;
    return delivered.length + withheld.length + dead.length + this.#parkedChanges.size > 0;
  }

  /** Remembers what an earlier owner of the lane settled above the position. */
  recallSettled(positions: Iterable<number>): void {
    for (const position of positions) this.#settled.add(position);
  }

  orderKeyOf(row: LogRow): string {
    return this.subscription.ordering === 'none' ? ownOrderKey(row.position) : orderKeyOf(row);
  }

  /** Takes a row that the subscription wants. `before` is the committed row read before it. */
  offer(row: LogRow, before: number, now: number): void {
    if (row.position <= this.handed) return;
    this.handed = row.position;
    if (this.#settled.has(row.position) || this.#open.has(row.position)) return;
    const orderKey = this.orderKeyOf(row);
    if (this.parked.has(orderKey)) return;
    const delivery: Delivery = { row, before, orderKey, handedAt: now, sending: false };
    this.#open.set(row.position, delivery);
    this.#tally.open++;
    const queue = this.#queues.get(orderKey);
    if (queue) queue.push(delivery);
    else {
      this.#queues.set(orderKey, [delivery]);
      this.#ready.push(delivery);
    }
  }

  /** The next delivery that may begin: the head of its dialog's queue. */
  takeReady(): Delivery | undefined {
    const delivery = this.#ready.shift();
    if (delivery) delivery.sending = true;
    return delivery;
  }

  /** Gives back a delivery that was taken and did not begin. */
  giveBack(delivery: Delivery): void {
    delivery.sending = false;
    if (this.#open.get(delivery.row.position) === delivery) this.#ready.unshift(delivery);
  }

  /** Settles a delivery; the next of its dialog may begin. */
  settle(delivery: Delivery, state: SettledState): void {
    this.#close(delivery);
    this.settleRow(delivery.row.position, state);
    const queue = this.#queues.get(delivery.orderKey);
    queue?.shift();
    if (queue?.[0]) this.#ready.push(queue[0]);
    else this.#queues.delete(delivery.orderKey);
  }

  /** Settles an event of a parked dialog, which has no delivery of its own. */
  settleRow(position: number, state: SettledState): void {
    if (position <= this.floor) return;
    this.#settled.add(position);
    this.#unwritten[state].push(position);
  }

  /** Parks the delivery's dialog: what waits behind it is left in the log. */
  park(delivery: Delivery, parked: Parked): void {
    for (const waiting of this.#queues.get(delivery.orderKey) ?? []) this.#close(waiting);
    this.#queues.delete(delivery.orderKey);
    this.parked.set(parked.orderKey, parked);
    this.touchParked(parked.orderKey);
  }

  /** Marks a parked entry as changed, or as gone when it is no longer there. */
  touchParked(orderKey: string): void {
    this.#parkedChanges.add(orderKey);
  }

  /**
   * Forgets what waits and has not begun; the catch-up reader reads it again. `followed` is where the follower stands:
   * up to there everything has been offered.
   */
  detach(followed: number): void {
    if (this.attached) this.handed = Math.max(this.handed, followed);
    this.attached = false;
    for (const delivery of [...this.#open.values()]) {
      if (delivery.sending) continue;
      this.#close(delivery);
      this.handed = Math.min(this.handed, delivery.before);
    }
    for (const [orderKey, queue] of this.#queues) {
      if (queue[0]?.sending) queue.length = 1;
      else this.#queues.delete(orderKey);
    }
    this.#ready = [];
  }

  /** Nothing of it is remembered any more; what is under way comes to nothing here. */
  end(): void {
    this.ended = true;
    for (const delivery of [...this.#open.values()]) this.#close(delivery);
    this.#ready = [];
  }

  #close(delivery: Delivery): void {
    if (this.#open.delete(delivery.row.position)) this.#tally.open--;
  }

  /** The highest committed row at or below which nothing is open; `followed` is where the follower stands. */
  watermark(followed: number): number {
    let lowest: Delivery | undefined;
    for (const delivery of this.#open.values()) {
      if (!lowest || delivery.row.position < lowest.row.position) lowest = delivery;
    }
    if (lowest) return Math.min(lowest.before, this.attached ? followed : this.handed);
    return this.attached ? followed : this.handed;
  }

  /** When the oldest open delivery was handed over; undefined when none is open. */
  oldestHandedAt(): number | undefined {
    let oldest: number | undefined;
    for (const delivery of this.#open.values()) {
      if (oldest === undefined || delivery.handedAt < oldest) oldest = delivery.handedAt;
    }
    return oldest;
  }

  /** Takes what has changed since the last flush. */
  takeUnwritten(): { settled: Record<SettledState, number[]>; parked: Set<string> } {
    const taken = { settled: this.#unwritten, parked: this.#parkedChanges };
    this.#unwritten = { delivered: [], withheld: [], dead: [] };
    this.#parkedChanges = new Set();
    return taken;
  }

  /** Gives back what a failed flush did not write. */
  returnUnwritten(taken: { settled: Record<SettledState, number[]>; parked: Set<string> }): void {
    for (const state of ['delivered', 'withheld', 'dead'] as const) {
      this.#unwritten[state] = [...taken.settled[state], ...this.#unwritten[state]];
    }
    for (const orderKey of taken.parked) this.#parkedChanges.add(orderKey);
  }

  /** Every position above this that is settled. */
  settledAbove(position: number): number[] {
    return [...this.#settled].filter((one) => one > position);
  }

  /**
   * The database now has this position. What is settled is remembered from the lower of it and the lane's cursor on,
   * so that joining the lane can still name what lies between.
   */
  committed(position: number, laneCursor: number): void {
    this.floor = position;
    const keepAbove = Math.min(position, laneCursor);
    for (const one of this.#settled) if (one <= keepAbove) this.#settled.delete(one);
  }
}
