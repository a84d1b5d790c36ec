import type { HeldLane } from './lanes.ts';

/** A subscription of a lane that is held. */
export interface OfLane {
  readonly lane: HeldLane;
  readonly id: number;
}

/**
 * Subscriptions that an event is for and for which there was no room. The database has a position of its own for each;
 * in memory there is no more than its id, and nothing finds it in the index until it has been woken.
 */
export class PutOff {
  /** By lane; whose turn is next stands first. No set is ever empty. */
  readonly #lanes = new Map<HeldLane, Set<number>>();

  get isEmpty(): boolean {
    return this.#lanes.size === 0;
  }

  add({ lane, id }: OfLane): void {
    const ids = this.#lanes.get(lane);
    if (ids) ids.add(id);
    else this.#lanes.set(lane, new Set([id]));
  }

  delete({ lane, id }: OfLane): void {
    const ids = this.#lanes.get(lane);
    ids?.delete(id);
    if (ids?.size === 0) this.#lanes.delete(lane);
  }

  /** The lane belongs to somebody else now. */
  drop(lane: HeldLane): void {
    this.#lanes.delete(lane);
  }

  /** Those whose turn is next, lane by lane, so many at most. They stay until they are deleted. */
  next(most: number): OfLane[] {
    const next: OfLane[] = [];
    for (const [lane, ids] of this.#lanes)
      for (const id of ids) {
        if (next.length >= most) return next;
        next.push({ lane, id });
      }
    return next;
  }
}
