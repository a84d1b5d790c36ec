/**
 * First come, first served, in constant time however many wait: those that arrive go onto one list, and when the other
 * is used up, that one reversed is taken from its end.
 */
export class Fifo<T> {
  #arriving: T[] = [];
  #leaving: T[] = [];

  get size(): number {
    return this.#arriving.length + this.#leaving.length;
  }

  add(item: T): void {
    this.#arriving.push(item);
  }

  take(): T | undefined {
    if (this.#leaving.length === 0 && this.#arriving.length > 0) {
      this.#leaving = this.#arriving.toReversed();
      this.#arriving = [];
    }
    return this.#leaving.pop();
  }
}
