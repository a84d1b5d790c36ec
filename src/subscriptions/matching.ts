import { isForAudience } from '../events/filter.ts';
import type { LogRow } from '../events/event.ts';
import type { Subscription } from './subscription.ts';

/** What a subscription wants to hear of, and nothing else about it: there may be a million of them in memory. */
export interface Interest {
  readonly id: number;
  readonly lane: number;
  readonly resource: string;
  readonly subject: string | null;
  readonly includeSubunits: boolean;
  /** Exact, or a prefix that ends in `*`. */
  readonly type: string | null;
  /** Scheme, host, port and folder that a source must begin with, as `sourceBaseOf` gives them. */
  readonly sourceBase: string | null;
  /** The organisation of whoever subscribed; null when it was none. */
  readonly orgNumber: string | null;
}

export function interestOf(subscription: Subscription): Interest {
  const { id, lane, resourceFilter, subjectFilter, includeSubunits, typeFilter, sourceFilter, identity } =
    subscription;
  return {
    ...{ id, lane, resource: resourceFilter, subject: subjectFilter, includeSubunits, type: typeFilter },
    sourceBase: sourceFilter === null ? null : sourceBaseOf(sourceFilter),
    orgNumber: identity.orgNumber ?? null,
  };
}

/**
 * What a source must begin with to be covered by a source filter: scheme, host, port, and the path up to its last
 * slash, as .NET's `Uri.IsBaseOf` has it, on which the contract rests.
 */
export function sourceBaseOf(filter: string): string {
  const { origin, pathname } = new URL(filter);
  return origin + pathname.replace(/[^/]*$/, '');
}

/** An event, with what is found out about it once for all who may want it. */
export class Candidate {
  readonly row: LogRow;
  /** Types of our own are wanted only by filters that begin with their prefix. */
  readonly isOwn: boolean;
  #target: string | undefined;

  constructor(row: LogRow) {
    this.row = row;
    this.isOwn = row.type.startsWith(OWN_PREFIX);
  }

  /** Whether the filter wants the type: exact, or a prefix that ends in `*`. */
  isOfType(filter: string | null): boolean {
    const { type } = this.row;
    if (filter === null) return !this.isOwn;
    if (!filter.endsWith('*')) return filter === type;
    return type.startsWith(filter.slice(0, -1)) && (!this.isOwn || filter.startsWith(OWN_PREFIX));
  }

  /** Whether the event is covered, whatever its resource, subject and type: those have been looked up. */
  isCoveredBy({ sourceBase, orgNumber }: Pick<Interest, 'sourceBase' | 'orgNumber'>): boolean {
    return (
      (sourceBase === null || this.#from().startsWith(sourceBase)) &&
      isForAudience(this.row, orgNumber ?? undefined)
    );
  }

  /** The source without query and fragment, in the form of a source base; empty when it is no absolute URL. */
  #from(): string {
    if (this.#target === undefined) {
      const url = URL.canParse(this.row.source) ? new URL(this.row.source) : undefined;
      this.#target = url ? url.origin + url.pathname : '';
    }
    return this.#target;
  }
}

/** Types that are ours alone. */
export const OWN_PREFIX = 'budstikka.';

/**
 * Whether a row, found by whatever way, is one that the subscription asked for. The right to know is judged at the
 * moment of sending, not here.
 */
export function isAskedFor(subscription: Subscription, row: LogRow, mainUnit: string | undefined): boolean {
  if (row.resource !== subscription.resourceFilter) return false;
  const { subjectFilter, includeSubunits, typeFilter } = subscription;
  const isSubject = subjectFilter === null || subjectFilter === row.subject;
  if (!isSubject && !(includeSubunits && mainUnit !== undefined && subjectFilter === mainUnit)) return false;
  const candidate = new Candidate(row);
  return candidate.isOfType(typeFilter) && candidate.isCoveredBy(interestOf(subscription));
}
