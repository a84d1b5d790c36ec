import type { BreakerWrite } from '../../src/delivery/breaker-queries.ts';
import type { ParkedWrite, SettleBatch } from '../../src/delivery/queries.ts';

interface Lane {
  epoch: number;
  cursor: number;
}

/** A flush that the database refuses. */
export class Refused extends Error {}

/** The tables of delivery in memory, and what the SQL functions `settle` and `share_lanes` do to them. */
export class ModelDatabase {
  readonly lanes = new Map<number, Lane>();
  readonly own = new Map<number, number>();
  readonly parked = new Map<string, ParkedWrite>();
  readonly dead = new Set<string>();
  /** Dead letters that are not settled. */
  readonly unsettled = new Set<string>();
  /** Endpoints that are not sound, with the time of the world at which they were written. */
  readonly breakers = new Map<number, { readonly row: BreakerWrite; readonly now: number }>();
  outcomes: SettleBatch['outcomes'] = [];

  constructor(lanes: readonly number[]) {
    for (const lane of lanes) this.lanes.set(lane, { epoch: 0, cursor: 0 });
  }

  /** Everything at or below is settled or parked. */
  positionOf(subscription: number, lane: number): number {
    return this.own.get(subscription) ?? this.#lane(lane).cursor;
  }

  /** Takes a lane over. */
  take(lane: number): { epoch: number; cursor: number } {
    const row = this.#lane(lane);
    row.epoch++;
    return { ...row };
  }

  renew(lanes: readonly { lane: number; epoch: number; cursor: number }[]): void {
    for (const { lane, epoch, cursor } of lanes) {
      const row = this.#lane(lane);
      if (row.epoch === epoch) row.cursor = Math.max(row.cursor, cursor);
    }
  }

  settle(batch: SettleBatch, now: number): void {
    this.#check(batch);
    for (const { subscription } of batch.sought) this.#forget(subscription);
    for (const { subscription } of batch.sound) this.breakers.delete(subscription);
    for (const row of batch.breakers) this.breakers.set(row.subscription, { row, now });
    for (const { subscription } of batch.joined) this.own.delete(subscription);
    for (const { subscription, position } of batch.own) this.own.set(subscription, position);
    this.renew(batch.lanes);
    this.outcomes = [...this.outcomes, ...batch.outcomes].filter((row) => {
      const { cursor } = this.#lane(row.lane);
      const isNamed = batch.lanes.some(({ lane }) => lane === row.lane);
      return !isNamed || row.highest > cursor || row.highest > (this.own.get(row.subscription) ?? cursor);
    });
    for (const { subscription, order_key } of batch.unparked)
      this.parked.delete(`${subscription} ${order_key}`);
    for (const row of batch.parked) this.parked.set(`${row.subscription} ${row.order_key}`, row);
    for (const { subscription, position } of batch.dead)
      for (const letters of [this.dead, this.unsettled]) letters.add(`${subscription} ${position}`);
    for (const { subscription, position, settled } of batch.letters)
      if (settled) this.unsettled.delete(`${subscription} ${position}`);
  }

  /** What stood where the subscription was. */
  #forget(id: number): void {
    this.outcomes = this.outcomes.filter(({ subscription }) => subscription !== id);
    for (const key of this.parked.keys()) if (key.startsWith(`${id} `)) this.parked.delete(key);
  }

  #check(batch: SettleBatch): void {
    for (const { lane, epoch } of batch.lanes)
      if (this.#lane(lane).epoch !== epoch) throw new Refused('a lane has another owner');
    for (const { lane, position } of batch.joined)
      if (this.#lane(lane).cursor > position) throw new Refused('would join behind the cursor');
  }

  #lane(lane: number): Lane {
    const row = this.lanes.get(lane);
    if (!row) throw new Error(`there is no lane ${lane}`);
    return row;
  }
}
