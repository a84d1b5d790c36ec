/** What has been opened, disposed in reverse. A part that fails to end does not keep the others from ending. */
export class Disposals implements AsyncDisposable {
  readonly #ends: (() => unknown)[] = [];

  /** Takes a part that is to be disposed after everything that is taken later; gives the part. */
  use<T extends Disposable | AsyncDisposable>(part: T): T {
    this.defer(() => (Symbol.asyncDispose in part ? part[Symbol.asyncDispose]() : part[Symbol.dispose]()));
    return part;
  }

  defer(end: () => unknown): void {
    this.#ends.push(end);
  }

  /** Ends everything, and throws the first fault when all has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    const faults: unknown[] = [];
    for (const end of this.#ends.splice(0).toReversed()) {
      try {
        await end();
      } catch (thrown) {
        faults.push(thrown);
      }
    }
    if (faults.length > 0) throw faults[0];
  }
}
