import type { LogRow } from '../events/event.ts';
import { Candidate, type Interest } from './matching.ts';
import { TypeTable } from './type-table.ts';

/** Interests under one resource and subject: most stand alone, and a few are looked at one by one. */
type Slot = Interest | Interest[] | TypeTable;

interface Resource {
  readonly name: string;
  /** Under null stand those who want any subject. */
  readonly bySubject: Map<string | null, Slot>;
  /** Those who ask for sub-units, if there are any. */
  unitSeekers?: Set<Interest>;
}

/** More of them than this under one key stand in a table by type. */
const FEW = 8;
/** Texts of which one copy is kept; so many different ones are more than types and organisations come to. */
const SHARED_MOST = 100_000;

/**
 * Who wants an event: by resource, then by subject, then by type. What an event costs depends on how many want it, not
 * on how many there are, and an interest that shares its key with no other costs its own fields and a place in a map.
 */
export class SubscriptionIndex {
  readonly #resources = new Map<string, Resource>();
  readonly #shared = new Map<string, string>();

  /** Takes an interest in; gives the compact copy of it that `match` will give, and that `remove` takes. */
  add(wanted: Interest): Interest {
    const resource = this.#resourceOf(wanted.resource);
    const interest: Interest = {
      id: wanted.id,
      lane: wanted.lane,
      resource: resource.name,
      subject: wanted.subject,
      includeSubunits: wanted.includeSubunits,
      type: this.#share(wanted.type),
      sourceBase: this.#share(wanted.sourceBase),
      orgNumber: this.#share(wanted.orgNumber),
    };
    if (interest.includeSubunits) (resource.unitSeekers ??= new Set()).add(interest);
    resource.bySubject.set(interest.subject, join(resource.bySubject.get(interest.subject), interest));
    return interest;
  }

  /** Takes out what `add` gave, once. */
  remove(interest: Interest): void {
    const resource = this.#resources.get(interest.resource);
    const slot = resource?.bySubject.get(interest.subject);
    if (!resource || !slot) return;
    resource.unitSeekers?.delete(interest);
    const left = leave(slot, interest);
    if (left) resource.bySubject.set(interest.subject, left);
    else resource.bySubject.delete(interest.subject);
    if (resource.bySubject.size === 0) this.#resources.delete(interest.resource);
  }

  /** Whether anybody asks for sub-units on this resource: only then a main unit makes a difference to `match`. */
  wantsUnits(resource: string): boolean {
    return (this.#resources.get(resource)?.unitSeekers?.size ?? 0) > 0;
  }

  /** Everyone who asks for sub-units on this resource. */
  unitSeekers(resource: string): Iterable<Interest> {
    return this.#resources.get(resource)?.unitSeekers ?? [];
  }

  /** Calls back with everyone who wants the row; `mainUnit` is the subject of the main unit, if the subject has one. */
  match(row: LogRow, mainUnit: string | undefined, found: (interest: Interest) => void): void {
    const bySubject = this.#resources.get(row.resource)?.bySubject;
    if (!bySubject) return;
    const candidate = new Candidate(row);
    offer(bySubject.get(null), candidate, found);
    if (row.subject === null) return;
    offer(bySubject.get(row.subject), candidate, found);
    if (mainUnit === undefined) return;
    offer(bySubject.get(mainUnit), candidate, (interest) => {
      if (interest.includeSubunits) found(interest);
    });
  }

  #resourceOf(name: string): Resource {
    let resource = this.#resources.get(name);
    if (!resource) this.#resources.set(name, (resource = { name, bySubject: new Map() }));
    return resource;
  }

  #share(text: string | null): string | null {
    if (text === null) return null;
    const known = this.#shared.get(text);
    if (known !== undefined) return known;
    if (this.#shared.size >= SHARED_MOST) this.#shared.clear();
    this.#shared.set(text, text);
    return text;
  }
}

function join(slot: Slot | undefined, interest: Interest): Slot {
  if (!slot) return interest;
  if (slot instanceof TypeTable) {
    slot.add(interest);
    return slot;
  }
  if (!Array.isArray(slot)) return [slot, interest];
  slot.push(interest);
  if (slot.length <= FEW) return slot;
  const table = new TypeTable();
  for (const one of slot) table.add(one);
  return table;
}

/** What is left of the slot without the interest. */
function leave(slot: Slot, interest: Interest): Slot | undefined {
  if (slot instanceof TypeTable) {
    slot.remove(interest);
    return slot.isEmpty ? undefined : slot;
  }
  if (!Array.isArray(slot)) return slot === interest ? undefined : slot;
  const left = slot.filter((one) => one !== interest);
  return left.length > 1 ? left : left[0];
}

function offer(slot: Slot | undefined, candidate: Candidate, found: (interest: Interest) => void): void {
  if (!slot) return;
  if (slot instanceof TypeTable) slot.match(candidate, found);
  else if (!Array.isArray(slot)) offerOne(slot, candidate, found);
  else for (const interest of slot) offerOne(interest, candidate, found);
}

function offerOne(interest: Interest, candidate: Candidate, found: (interest: Interest) => void): void {
  if (candidate.isOfType(interest.type) && candidate.isCoveredBy(interest)) found(interest);
}
