import { DueHeap } from './due-heap.ts';
import { monotonic } from './time.ts';

/** Longest single timer, in milliseconds: setTimeout takes no more than 2^31. */
const LONGEST = 2 ** 30;

/** Calls back with each item when its time has come. One timer, whatever the number of items. */
export class Alarm<T> implements Disposable {
  readonly #heap = new DueHeap<T>();
  readonly #ring: (item: T) => void;
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(ring: (item: T) => void) {
    this.#ring = ring;
  }

  /** @param at monotonic milliseconds */
  set(at: number, item: T): void {
    if (this.#disposed) return;
    const earliest = this.#heap.nextAt;
    this.#heap.add(at, item);
    if (earliest === undefined || at < earliest) this.#arm();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#heap.nextAt;
    if (next === undefined || this.#disposed) return;
    this.#timer = setTimeout(() => this.#ringDue(), Math.min(LONGEST, Math.max(0, next - monotonic())));
  }

  #ringDue(): void {
    for (
      let item = this.#heap.takeDue(monotonic());
      item !== undefined;
      item = this.#heap.takeDue(monotonic())
    ) {
      this.#ring(item);
    }
    this.#arm();
  }
}
