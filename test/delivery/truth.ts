import type { LogRow } from '../../src/events/event.ts';
import { orderKeyOf } from '../../src/events/filter.ts';
import type { Subscription } from '../../src/subscriptions/subscription.ts';
import type { ModelDatabase } from './model-database.ts';

/** Rows of this type are withheld from everybody. */
export const SECRET = 'secret';

/** What really happened to each event of each subscription, and what must hold of it. Throws what does not. */
export class Truth {
  readonly #log: readonly LogRow[];
  readonly #arrived = new Set<string>();
  readonly #answered = new Set<string>();
  /** What the process has settled, or has been told by the database: it may not send that again. */
  readonly #known = new Set<string>();
  /** What the database has said is settled. */
  readonly #committed = new Set<string>();
  /** What the subscription was sent past. */
  readonly #excused = new Set<string>();

  constructor(log: readonly LogRow[]) {
    this.#log = log;
  }

  wanted({ typeFilter }: Subscription): LogRow[] {
    return this.#log.filter((row) => typeFilter === null || typeFilter === row.type);
  }

  /** Bytes reach the receiver. */
  arrive(subscription: Subscription, row: LogRow): void {
    const name = `${subscription.id} ${row.position}`;
    if (this.#known.has(name)) throw new Error(`${name} was settled and is sent again`);
    const earlier = this.wanted(subscription).filter((one) => one.position < row.position);
    for (const one of subscription.ordering === 'none' ? [] : earlier) {
      const isBefore = orderKeyOf(one) === orderKeyOf(row) && one.type !== SECRET;
      const earlierName = `${subscription.id} ${one.position}`;
      if (isBefore && !this.#arrived.has(earlierName) && !this.#excused.has(earlierName))
        throw new Error(`${name} arrives before ${one.position}`);
    }
    this.#arrived.add(name);
  }

  /** The receiver takes it. */
  answer(subscription: Subscription, row: LogRow): void {
    this.#answered.add(`${subscription.id} ${row.position}`);
  }

  /** The process knows that it is settled. */
  settle(subscription: Subscription, row: LogRow): void {
    this.#known.add(`${subscription.id} ${row.position}`);
  }

  /** The process knows of the subscription what the database says, and nothing else. */
  reload(subscription: Subscription, database: ModelDatabase): void {
    for (const row of this.#log) this.#known.delete(`${subscription.id} ${row.position}`);
    for (const row of this.wanted(subscription))
      if (isCommitted(subscription, row, database)) this.settle(subscription, row);
  }

  /** What the database says is true, it forgets nothing, and whoever goes on from it loses nothing. */
  check(subscription: Subscription, database: ModelDatabase): void {
    // Whoever goes on from it goes somewhere else.
    if (subscription.seek) return;
    const position = database.positionOf(subscription.id, subscription.lane);
    for (const row of this.wanted(subscription)) {
      const name = `${subscription.id} ${row.position}`;
      const isKnown = isCommitted(subscription, row, database);
      if (isKnown && !this.#isSettled(subscription, row, database))
        throw new Error(`${name} is lost: position ${position}`);
      if (!isKnown && this.#committed.has(name))
        throw new Error(`${name} is forgotten: position ${position}`);
      if (isKnown) this.#committed.add(name);
    }
  }

  /** Everything has come to its end. */
  checkComplete(subscription: Subscription, database: ModelDatabase): void {
    for (const row of this.wanted(subscription))
      if (!this.#isSettled(subscription, row, database))
        throw new Error(`${subscription.id} ${row.position} is left`);
  }

  /** What comes by itself is not sent beside it. */
  checkOver(subscription: Subscription, row: LogRow, database: ModelDatabase): void {
    const name = `${subscription.id} ${row.position}`;
    const isOver = this.#known.has(name) || this.#isSettled(subscription, row, database);
    if (!isOver) throw new Error(`${name} is replayed before it has come`);
  }

  /** The process begins anew at a position that the subscription was sent to. */
  seek({ id }: Subscription, position: number): void {
    for (const row of this.#log) {
      const name = `${id} ${row.position}`;
      this.#known.delete(name);
      if (row.position <= position) this.#excused.add(name);
      else this.#excused.delete(name);
    }
  }

  /** The database has begun anew there. */
  forget({ id }: Subscription): void {
    for (const row of this.#log) this.#committed.delete(`${id} ${row.position}`);
  }

  #isSettled({ id }: Subscription, row: LogRow, database: ModelDatabase): boolean {
    const name = `${id} ${row.position}`;
    return (
      row.type === SECRET || this.#excused.has(name) || this.#answered.has(name) || database.dead.has(name)
    );
  }
}

/** Whether the next owner of the lane would take the row for settled. */
function isCommitted({ id, lane, ordering }: Subscription, row: LogRow, database: ModelDatabase): boolean {
  const key = ordering === 'none' ? `@${row.position}` : orderKeyOf(row);
  const parked = database.parked.get(`${id} ${key}`);
  const { position } = row;
  if (parked) return position < parked.head || isOutcome(id, position, database);
  return position <= database.positionOf(id, lane) || isOutcome(id, position, database);
}

function isOutcome(subscription: number, position: number, { outcomes }: ModelDatabase): boolean {
  return outcomes.some((row) => row.subscription === subscription && row.positions.includes(position));
}
