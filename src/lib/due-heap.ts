/** Things that fall due at a time, the earliest first: a binary heap. */
export class DueHeap<T> {
  readonly #entries: { readonly at: number; readonly item: T }[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** When the earliest falls due; undefined when there is none. */
  get nextAt(): number | undefined {
    return this.#entries[0]?.at;
  }

  add(at: number, item: T): void {
    const entries = this.#entries;
    let index = entries.length;
    const entry = { at, item };
    entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (entries[parent]!.at <= at) break;
      entries[index] = entries[parent]!;
      index = parent;
    }
    entries[index] = entry;
  }

  /** Takes the earliest, if it is due by then. */
  takeDue(now: number): T | undefined {
    const first = this.#entries[0];
    if (!first || first.at > now) return undefined;
    const last = this.#entries.pop()!;
    if (this.#entries.length > 0) this.#sinkFromTop(last);
    return first.item;
  }

  #sinkFromTop(entry: { readonly at: number; readonly item: T }): void {
    const entries = this.#entries;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && entries[child + 1]!.at < entries[child]!.at) child++;
      if (entries[child]!.at >= entry.at) break;
      entries[index] = entries[child]!;
      index = child;
    }
    entries[index] = entry;
  }
}
