import { isForAudience } from '../events/filter.ts';
import type { LogRow } from '../events/event.ts';
import type { Subscription } from './subscription.ts';

/**
 * Whether a type filter wants a type: exact, or a prefix that ends in `*`. Our own types are wanted only by filters
 * that begin with `budstikka.`.
 */
export function matchesType(filter: string | null, type: string): boolean {
  const own = type.startsWith('budstikka.');
  if (filter === null) return !own;
  if (!filter.endsWith('*')) return filter === type;
  return type.startsWith(filter.slice(0, -1)) && (!own || filter.startsWith('budstikka.'));
}

/**
 * Whether a source filter covers a source: same scheme, host and port, and a path below the filter's last slash, as
 * .NET's `Uri.IsBaseOf` has it, on which the contract rests.
 */
export function matchesSource(filter: string | null, source: string): boolean {
  if (filter === null) return true;
  if (!URL.canParse(source)) return false;
  const base = new URL(filter);
  const target = new URL(source);
  return base.origin === target.origin && target.pathname.startsWith(base.pathname.replace(/[^/]*$/, ''));
}

/**
 * Whether the subscription wants the event, whatever its resource and subject: those have been looked up. The right
 * to know is judged at the moment of sending, not here.
 */
function wants(subscription: Subscription, row: LogRow): boolean {
  return (
    matchesType(subscription.typeFilter, row.type) &&
    matchesSource(subscription.sourceFilter, row.source) &&
    isForAudience(row, subscription.identity.orgNumber)
  );
}

/** Whether a row, found by whatever way, is one that the subscription asked for. */
export function isAskedFor(subscription: Subscription, row: LogRow, mainUnit: string | undefined): boolean {
  if (row.resource !== subscription.resourceFilter) return false;
  const { subjectFilter, includeSubunits } = subscription;
  const isSubject = subjectFilter === null || subjectFilter === row.subject;
  if (!isSubject && !(includeSubunits && mainUnit !== undefined && subjectFilter === mainUnit)) return false;
  return wants(subscription, row);
}

interface Bucket<T> {
  readonly anySubject: Set<T>;
  readonly bySubject: Map<string, Set<T>>;
}

/** What is indexed: anything that knows its subscription. */
export interface Indexed {
  readonly subscription: Subscription;
}

/** Subscriptions by resource, then by subject: an event looks up two sets and asks only those whether they want it. */
export class SubscriptionIndex<T extends Indexed> {
  readonly #buckets = new Map<string, Bucket<T>>();

  add(entry: T): void {
    this.#setFor(entry.subscription, true)?.add(entry);
  }

  remove(entry: T): void {
    this.#setFor(entry.subscription, false)?.delete(entry);
  }

  /** Calls back with everyone who wants the row; `mainUnit` is the subject of the main unit, if the subject has one. */
  match(row: LogRow, mainUnit: string | undefined, found: (entry: T) => void): void {
    const bucket = this.#buckets.get(row.resource);
    if (!bucket) return;
    for (const entry of bucket.anySubject) if (wants(entry.subscription, row)) found(entry);
    for (const entry of bucket.bySubject.get(row.subject ?? '') ?? [])
      if (wants(entry.subscription, row)) found(entry);
    if (mainUnit === undefined) return;
    for (const entry of bucket.bySubject.get(mainUnit) ?? []) {
      if (entry.subscription.includeSubunits && wants(entry.subscription, row)) found(entry);
    }
  }

  #setFor(subscription: Subscription, make: boolean): Set<T> | undefined {
    let bucket = this.#buckets.get(subscription.resourceFilter);
    if (!bucket) {
      if (!make) return undefined;
      bucket = { anySubject: new Set(), bySubject: new Map() };
      this.#buckets.set(subscription.resourceFilter, bucket);
    }
    if (subscription.subjectFilter === null) return bucket.anySubject;
    const subject = subscription.subjectFilter;
    let set = bucket.bySubject.get(subject);
    if (!set && make) bucket.bySubject.set(subject, (set = new Set()));
    return set;
  }
}
