import type { LogRow } from '../events/event.ts';

/** One event on its way to one subscription. */
export interface Delivery {
  readonly row: LogRow;
  /** The committed row read before it: where a cursor may stand while this one is open. */
  readonly before: number;
  readonly orderKey: string;
  /** Monotonic milliseconds. */
  readonly handedAt: number;
  sending: boolean;
  /** It went in a batch that was refused: it goes by itself. */
  alone: boolean;
}

/**
 * The open deliveries of one course, a queue for each dialog. Only the head of a queue may be sent, so one dialog keeps
 * its order while others flow. In a batch, what follows the head in its queue goes with it: of each queue, what is being
 * sent is the beginning.
 */
export class DeliveryQueues {
  /** By position, in the order in which they were handed over. */
  readonly #open = new Map<number, Delivery>();
  /** Whether that is the order of the log, as it is unless some have been read again, and where the last one stands. */
  #isOrdered = true;
  #lastBefore = 0;
  readonly #queues = new Map<string, Delivery[]>();
  /** Dialogs of which nothing may begin. */
  readonly #reserved = new Set<string>();
  /** Heads that may begin. */
  #ready: Delivery[] = [];

  get size(): number {
    return this.#open.size;
  }

  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  has(position: number): boolean {
    return this.#open.has(position);
  }

  add(delivery: Delivery): void {
    this.#isOrdered = this.#open.size === 0 || (this.#isOrdered && this.#lastBefore <= delivery.before);
    this.#lastBefore = delivery.before;
    this.#open.set(delivery.row.position, delivery);
    const queue = this.#queues.get(delivery.orderKey);
    if (queue) {
      queue.push(delivery);
      return;
    }
    this.#queues.set(delivery.orderKey, [delivery]);
    this.#makeReady(delivery);
  }

  /** Lets nothing of the dialog begin until it is released. */
  reserve(orderKey: string): void {
    this.#reserved.add(orderKey);
    this.#ready = this.#ready.filter((delivery) => delivery.orderKey !== orderKey);
  }

  release(orderKey: string): void {
    if (!this.#reserved.delete(orderKey)) return;
    const head = this.#queues.get(orderKey)?.[0];
    if (head && !head.sending) this.#ready.push(head);
  }

  isReserved(orderKey: string): boolean {
    return this.#reserved.has(orderKey);
  }

  isSending(orderKey: string): boolean {
    return this.#queues.get(orderKey)?.[0]?.sending ?? false;
  }

  #makeReady(delivery: Delivery): void {
    if (!this.#reserved.has(delivery.orderKey)) this.#ready.push(delivery);
  }

  /** The heads that may begin: how many there are, and the first. */
  get ready(): { readonly count: number; readonly next: Delivery | undefined } {
    return { count: this.#ready.length, next: this.#ready[0] };
  }

  /** Takes heads, each with what follows it in its queue, until `admits` refuses one. It is asked once for each. */
  take(admits: (delivery: Delivery) => boolean): Delivery[] {
    const taken: Delivery[] = [];
    for (let head = this.#ready[0]; head && admits(head); head = this.#ready[0]) {
      this.#ready.shift();
      for (const delivery of this.#queues.get(head.orderKey) ?? []) {
        if (delivery !== head && !admits(delivery)) return taken;
        delivery.sending = true;
        taken.push(delivery);
      }
    }
    return taken;
  }

  /** Takes back one that was taken. */
  giveBack(delivery: Delivery): void {
    delivery.sending = false;
    const isHead = this.#queues.get(delivery.orderKey)?.[0] === delivery;
    if (isHead && !this.#reserved.has(delivery.orderKey)) this.#ready.unshift(delivery);
  }

  isOpen(delivery: Delivery): boolean {
    return this.#open.get(delivery.row.position) === delivery;
  }

  /** Closes the head of a queue; the one behind it may begin. */
  closeHead(delivery: Delivery): void {
    this.#open.delete(delivery.row.position);
    const queue = this.#queues.get(delivery.orderKey);
    queue?.shift();
    const next = queue?.[0];
    if (!next) this.#queues.delete(delivery.orderKey);
    else if (!next.sending) this.#makeReady(next);
  }

  /** Closes a whole dialog, whose head has been taken. */
  closeDialog(orderKey: string): void {
    for (const delivery of this.#queues.get(orderKey) ?? []) this.#open.delete(delivery.row.position);
    this.#queues.delete(orderKey);
  }

  /** Closes what has not begun; gives the lowest position that a cursor may stand at for it to be read again. */
  closeWaiting(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const delivery of [...this.#open.values()]) {
      if (delivery.sending) continue;
      this.#open.delete(delivery.row.position);
      lowest = Math.min(lowest, delivery.before);
    }
    for (const [orderKey, queue] of this.#queues) {
      queue.length = queue.filter(({ sending }) => sending).length;
      if (queue.length === 0) this.#queues.delete(orderKey);
    }
    this.#ready = [];
    return lowest;
  }

  clear(): void {
    this.#open.clear();
    this.#queues.clear();
    this.#ready = [];
  }

  /** Where a cursor may stand at most; infinite when nothing is open. */
  lowestBefore(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { before } of this.#open.values()) {
      lowest = Math.min(lowest, before);
      if (this.#isOrdered) break;
    }
    return lowest;
  }

  /** When the oldest was handed over; undefined when nothing is open. */
  oldestHandedAt(): number | undefined {
    const [oldest] = this.#open.values();
    return oldest?.handedAt;
  }
}
