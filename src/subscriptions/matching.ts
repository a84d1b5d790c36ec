import { isForAudience } from '../events/filter.ts';
import type { LogRow } from '../events/event.ts';
import type { Subscription } from './subscription.ts';

/**
 * Whether a type filter wants a type: exact, or a prefix that ends in `*`. Our own types are wanted only by filters
 * that begin with `budstikka.`.
 */
function matchesType(filter: string | null, type: string): boolean {
  const own = type.startsWith('budstikka.');
  if (filter === null) return !own;
  if (!filter.endsWith('*')) return filter === type;
  return type.startsWith(filter.slice(0, -1)) && (!own || filter.startsWith('budstikka.'));
}

/**
 * Whether a source filter covers a source: same scheme, host and port, and a path below the filter's last slash, as
 * .NET's `Uri.IsBaseOf` has it, on which the contract rests.
 */
function matchesSource(filter: string | null, source: string): boolean {
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

/** What is indexed: anything that knows its subscription. */
export interface Indexed {
  readonly subscription: Subscription;
}

/** Subscriptions by resource, then by subject: an event looks up two sets and asks only those whether they want it. */
export class SubscriptionIndex<T extends Indexed> {
  /** By resource and subject; under null stand those who want any subject. No set is ever empty. */
  readonly #entries = new Map<string, Map<string | null, Set<T>>>();
  /** How many want sub-units, by resource; no count is 0. */
  readonly #withUnits = new Map<string, number>();

  add(entry: T): void {
    const { resourceFilter, subjectFilter } = entry.subscription;
    let bySubject = this.#entries.get(resourceFilter);
    if (!bySubject) this.#entries.set(resourceFilter, (bySubject = new Map()));
    const entries = bySubject.get(subjectFilter);
    if (entries?.has(entry)) return;
    if (entries) entries.add(entry);
    else bySubject.set(subjectFilter, new Set([entry]));
    this.#countUnits(entry, 1);
  }

  remove(entry: T): void {
    const { resourceFilter, subjectFilter } = entry.subscription;
    const bySubject = this.#entries.get(resourceFilter);
    const entries = bySubject?.get(subjectFilter);
    if (!bySubject || !entries?.delete(entry)) return;
    if (entries.size === 0) bySubject.delete(subjectFilter);
    if (bySubject.size === 0) this.#entries.delete(resourceFilter);
    this.#countUnits(entry, -1);
  }

  /** Whether anybody asks for sub-units on this resource: only then a main unit makes a difference to `match`. */
  wantsUnits(resource: string): boolean {
    return this.#withUnits.has(resource);
  }

  #countUnits({ subscription }: T, more: 1 | -1): void {
    if (!subscription.includeSubunits) return;
    const count = (this.#withUnits.get(subscription.resourceFilter) ?? 0) + more;
    if (count > 0) this.#withUnits.set(subscription.resourceFilter, count);
    else this.#withUnits.delete(subscription.resourceFilter);
  }

  /** Calls back with everyone who wants the row; `mainUnit` is the subject of the main unit, if the subject has one. */
  match(row: LogRow, mainUnit: string | undefined, found: (entry: T) => void): void {
    const bySubject = this.#entries.get(row.resource);
    if (!bySubject) return;
    for (const entry of bySubject.get(null) ?? []) if (wants(entry.subscription, row)) found(entry);
    if (row.subject === null) return;
    for (const entry of bySubject.get(row.subject) ?? []) if (wants(entry.subscription, row)) found(entry);
    if (mainUnit === undefined) return;
    for (const entry of bySubject.get(mainUnit) ?? []) {
      if (entry.subscription.includeSubunits && wants(entry.subscription, row)) found(entry);
    }
  }
}
