import type { LogRow } from '../events/event.ts';
import { orderKeyOf, ownOrderKey } from '../events/filter.ts';
import type { Subscription } from '../subscriptions/subscription.ts';
import { type Delivery, DeliveryQueues } from './delivery-queues.ts';
import { type Health, SOUND } from './health.ts';
import { WINDOW } from './pace.ts';
import { type Parked, ParkedDialogs } from './parked.ts';
import { Notebook, type SettledState } from './unwritten.ts';

/** What goes on in the whole process. */
export interface Tally {
  /** Deliveries open. */
  open: number;
  /** First attempts under way for courses that share the cursor of their lane. */
  prompt: number;
  /** First attempts under way for all others, and every retry. */
  behind: number;
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
 * and the database holds the same positions as outcomes, for whoever owns the lane next. What is settled at or below is
 * named by nothing but the position, so a course joins its lane only when the lane's cursor has come that far: joined
 * to a lower one, it would get everything between once more from the lane's next owner.
 */
export class Course {
  subscription: Subscription;
  attached = false;
  /** Rows at or below have been offered. */
  handed: number;
  /** The position that the database has for it. It never goes back. */
  floor: number;
  /** What is settled above is remembered one by one. */
  rememberedFrom: number;
  /** The lane has gone to somebody else, or the subscription has ended: nothing begins any more. */
  ended = false;
  /** What is known about the endpoint as a whole. */
  health: Health = SOUND;
  /** The seek that put it where it began and that the database does not know as done yet. */
  sought: number | undefined;
  /** It can park no more dialogs: it stands where it is until some have been delivered. */
  halted = false;
  /** How much the catch-up reader may have open for it, and when it last read for it (monotonic milliseconds). */
  window = WINDOW.first;
  readAt = Number.NEGATIVE_INFINITY;
  /** First attempts under way. */
  inFlight = 0;
  /** Parked dialogs whose next attempt is under way. */
  retrying = 0;
  /** Something is being sent again, beside its order. */
  recovering = false;
  /** Flushes that have been carried out for it. */
  commits = 0;
  readonly parked = new ParkedDialogs();
  /** What has become of its deliveries and is not in the database yet. */
  readonly notebook = new Notebook();
  readonly #tally: Tally;
  readonly #queues = new DeliveryQueues();
  readonly #settled = new Set<number>();
  #joined: boolean;

  constructor(subscription: Subscription, at: { position: number; joined: boolean; tally: Tally }) {
    this.#tally = at.tally;
    this.subscription = subscription;
    this.#joined = at.joined;
    this.handed = at.position;
    this.floor = at.position;
    this.rememberedFrom = at.position;
  }

  /** Whether it shares the cursor of its lane. */
  get joined(): boolean {
    return this.#joined;
  }

  set joined(joined: boolean) {
    if (joined === this.#joined) return;
    this.#joined = joined;
    this.#tally.prompt += joined ? this.inFlight : -this.inFlight;
    this.#tally.behind += joined ? -this.inFlight : this.inFlight;
  }

  get openCount(): number {
    return this.#queues.size;
  }

  get hasReady(): boolean {
    return this.#queues.hasReady;
  }

  /** Nothing of it is under way, and all that has become of it is written down. */
  get isAtRest(): boolean {
    return this.inFlight === 0 && this.retrying === 0 && this.notebook.isEmpty;
  }

  /** Nothing is to be known about it but what the cursor of its lane, as committed, says. */
  maySleep(laneCursor: number): boolean {
    const isElsewhere = this.halted || this.recovering || this.sought !== undefined;
    const keepsUp = this.#joined && this.attached && !isElsewhere;
    const isSound = this.health.phase === 'closed';
    const isIdle = this.isAtRest && this.#queues.size + this.parked.size === 0;
    return keepsUp && isSound && isIdle && this.settledAbove(laneCursor).length === 0;
  }

  /** Counts a first attempt that begins (1) or is over (-1). */
  countAttempt(change: 1 | -1): void {
    this.inFlight += change;
    this.#tally[this.#joined ? 'prompt' : 'behind'] += change;
  }

  /** Counts a retry that begins (1) or is over (-1). */
  countRetry(change: 1 | -1): void {
    this.retrying += change;
    this.#tally.behind += change;
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
    if (this.#settled.has(row.position) || this.#queues.has(row.position)) return;
    const orderKey = this.orderKeyOf(row);
    if (this.parked.has(orderKey)) return;
    this.#queues.add({ row, before, orderKey, handedAt: now, sending: false, alone: false });
    this.#tally.open++;
  }

  /** The dialogs of which a delivery may begin: how many there are, and what would be taken first. */
  get ready(): { readonly count: number; readonly next: Delivery | undefined } {
    return this.#queues.ready;
  }

  /**
   * Begins nothing of a dialog until it is released, so that something may be sent beside its order; what is under way
   * goes on.
   */
  reserve(orderKey: string): void {
    this.#queues.reserve(orderKey);
  }

  release(orderKey: string): void {
    this.#queues.release(orderKey);
  }

  isReserved(orderKey: string): boolean {
    return this.#queues.isReserved(orderKey);
  }

  /** Whether anything of the dialog is in flight, or about to be. */
  isUnderWay(orderKey: string): boolean {
    return this.#queues.isSending(orderKey) || (this.parked.get(orderKey)?.draining ?? false);
  }

  /** Takes deliveries for one request, heads of dialogs and what follows them, until `admits` refuses one. */
  take(admits: (delivery: Delivery) => boolean): Delivery[] {
    return this.#queues.take(admits);
  }

  /** Whether a delivery that was taken is still open: its dialog may have been parked, or the course have ended. */
  isOpen(delivery: Delivery): boolean {
    return this.#queues.isOpen(delivery);
  }

  /** Gives back a delivery that was taken and did not begin. */
  giveBack(delivery: Delivery): void {
    this.#queues.giveBack(delivery);
  }

  /** Settles a delivery; the next of its dialog may begin. */
  settle(delivery: Delivery, state: SettledState): void {
    this.#closing(() => this.#queues.closeHead(delivery));
    this.settleRow(delivery.row.position, state);
  }

  /** Settles an event of a parked dialog, which has no delivery of its own. */
  settleRow(position: number, state: SettledState): void {
    if (position <= this.rememberedFrom) return;
    this.#settled.add(position);
    this.notebook.settle(position, state);
  }

  /** Parks the dialog of a delivery that was taken: what waits behind it is left in the log. */
  park(parked: Parked): void {
    this.#closing(() => this.#queues.closeDialog(parked.orderKey));
    this.parked.set(parked.orderKey, parked);
    this.notebook.touchParked(parked.orderKey);
  }

  /** Takes in what is known about the endpoint; a count of failures alone is not written down. */
  learn(health: Health): void {
    if (this.health.phase !== 'closed' || health.phase !== 'closed') this.notebook.touchHealth();
    this.health = health;
  }

  /**
   * Forgets what waits and has not begun; the catch-up reader reads it again. `followed` is where the follower stands:
   * up to there everything has been offered.
   */
  detach(followed: number): void {
    this.handed = this.offeredUpTo(followed);
    this.attached = false;
    this.#closing(() => {
      this.handed = Math.min(this.handed, this.#queues.closeWaiting());
    });
  }

  /** Nothing of it is remembered any more; what is under way comes to nothing here. */
  end(): void {
    this.ended = true;
    this.#closing(() => this.#queues.clear());
  }

  #closing(close: () => void): void {
    const before = this.#queues.size;
    close();
    this.#tally.open -= before - this.#queues.size;
  }

  /** Every wanted row at or below has been offered. The follower may have been sent back, the course is not. */
  offeredUpTo(followed: number): number {
    return this.attached ? Math.max(this.handed, followed) : this.handed;
  }

  /** The highest committed row at or below which nothing is open; `followed` is where the follower stands. */
  watermark(followed: number): number {
    return Math.min(this.#queues.lowestBefore(), this.attached ? followed : this.handed);
  }

  /**
   * The position at or below which everything is settled, as far as the database has it: nothing at or below comes for
   * the first time any more. `laneCursor` is the cursor of its lane.
   */
  settledUpTo(laneCursor: number): number {
    const settled = this.#joined ? Math.max(this.floor, laneCursor) : this.floor;
    return Math.min(settled, this.parked.lowestHead - 1);
  }

  /** Whether a row has come to its end here, or is not wanted: it does not come by itself any more. */
  isOver(row: LogRow, followed: number): boolean {
    if (this.#settled.has(row.position)) return true;
    const head = this.parked.get(this.orderKeyOf(row))?.head ?? Number.POSITIVE_INFINITY;
    return (
      row.position <= this.offeredUpTo(followed) && row.position < head && !this.#queues.has(row.position)
    );
  }

  /** When the oldest open delivery was handed over; undefined when none is open. */
  oldestHandedAt(): number | undefined {
    return this.#queues.oldestHandedAt();
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
    this.commits++;
    this.notebook.written();
    this.floor = Math.max(this.floor, position);
    this.parked.forgetLowest();
    this.rememberedFrom = Math.max(this.rememberedFrom, Math.min(position, laneCursor));
    for (const one of this.#settled) if (one <= this.rememberedFrom) this.#settled.delete(one);
  }
}
