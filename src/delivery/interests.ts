import { setImmediate } from 'node:timers/promises';
import type { Database } from '../db/database.ts';
import type { LogRow } from '../events/event.ts';
import { interestsOfLanes } from '../subscriptions/lane-queries.ts';
import { type Interest, interestOf } from '../subscriptions/matching.ts';
import type { Subscription } from '../subscriptions/subscription.ts';
import { SubscriptionIndex } from '../subscriptions/subscription-index.ts';
import type { Course } from './course.ts';
import type { HeldLane } from './lanes.ts';

/** Told of everyone who is looked for. */
export interface Found {
  readonly found: (course: Course) => void;
  /** Must be woken before it can be offered anything. */
  readonly asleep: (interest: Interest) => void;
}

/** Who may want a row. */
export interface Match extends Found {
  /** The subject of the main unit, if the row's subject has one. */
  readonly mainUnit: string | undefined;
}

/** Subscriptions read at a time. */
const PAGE = 5000;

/** What the subscriptions of the lanes want to which events flow. Those of a lane are found while it is held. */
export class Interests {
  readonly index = new SubscriptionIndex();
  readonly #held: ReadonlyMap<number, HeldLane>;

  constructor(held: ReadonlyMap<number, HeldLane>) {
    this.#held = held;
  }

  match(row: LogRow, mainUnit: string | undefined, found: (interest: Interest) => void): void {
    this.index.match(row, mainUnit, (interest) => {
      if (this.isCurrent(interest)) found(interest);
    });
  }

  /** Everyone who asks for sub-units on the resource. */
  unitSeekers(resource: string, found: (interest: Interest) => void): void {
    for (const interest of this.index.unitSeekers(resource)) if (this.isCurrent(interest)) found(interest);
  }

  /** What the index has of a subscription: its interest when one is given, otherwise nothing. */
  set(number: number, id: number, subscription?: Subscription): void {
    const interests = this.#held.get(number)?.interests;
    const known = interests?.get(id);
    if (known) this.index.remove(known);
    interests?.delete(id);
    if (subscription) interests?.set(id, this.index.add(interestOf(subscription)));
  }

  isCurrent(interest: Interest): boolean {
    return this.#held.get(interest.lane)?.interests.get(interest.id) === interest;
  }

  /** Reads those of lanes that were just taken over. */
  async read(database: Database, lanes: ReadonlyMap<number, HeldLane>): Promise<void> {
    for await (const page of interestsOfLanes(database, [...lanes.keys()], PAGE)) {
      for (const interest of page) {
        const lane = lanes.get(interest.lane);
        if (lane && !lane.isGone && !lane.interests.has(interest.id))
          lane.interests.set(interest.id, this.index.add(interest));
      }
    }
  }

  /** Lane by lane: half a million at once would hold up what goes on. Nobody finds them meanwhile. */
  async forget(lanes: readonly HeldLane[]): Promise<void> {
    for (const lane of lanes) {
      for (const interest of lane.interests.values()) this.index.remove(interest);
      lane.interests.clear();
      await setImmediate();
    }
  }
}
