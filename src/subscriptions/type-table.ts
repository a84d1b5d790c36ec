import { type Candidate, type Interest, OWN_PREFIX } from './matching.ts';

/**
 * The interests that share a resource and a subject, by type: an event looks up its own type and each of its beginnings
 * that is as long as some prefix asked for. So ten thousand of them cost as much as those that want the event.
 */
export class TypeTable {
  /** By exact type; under null stand those who want any. No set is ever empty. */
  readonly #exact = new Map<string | null, Set<Interest>>();
  readonly #prefixed = new Map<string, Set<Interest>>();
  /** How many different prefixes have this length. No count is 0. */
  readonly #lengths = new Map<number, number>();

  get isEmpty(): boolean {
    return this.#exact.size + this.#prefixed.size === 0;
  }

  add(interest: Interest): void {
    const prefix = prefixOf(interest);
    if (prefix === undefined) put(this.#exact, interest.type, interest);
    else if (put(this.#prefixed, prefix, interest)) this.#count(prefix.length, 1);
  }

  remove(interest: Interest): void {
    const prefix = prefixOf(interest);
    if (prefix === undefined) take(this.#exact, interest.type, interest);
    else if (take(this.#prefixed, prefix, interest)) this.#count(prefix.length, -1);
  }

  match(candidate: Candidate, found: (interest: Interest) => void): void {
    const { type } = candidate.row;
    if (!candidate.isOwn) offer(this.#exact.get(null), candidate, found);
    offer(this.#exact.get(type), candidate, found);
    const shortest = candidate.isOwn ? OWN_PREFIX.length : 0;
    for (const length of this.#lengths.keys()) {
      if (length < shortest || length > type.length) continue;
      offer(this.#prefixed.get(type.slice(0, length)), candidate, found);
    }
  }

  #count(length: number, more: 1 | -1): void {
    const count = (this.#lengths.get(length) ?? 0) + more;
    if (count > 0) this.#lengths.set(length, count);
    else this.#lengths.delete(length);
  }
}

function prefixOf({ type }: Interest): string | undefined {
  return type?.endsWith('*') ? type.slice(0, -1) : undefined;
}

function offer(
  interests: Set<Interest> | undefined,
  candidate: Candidate,
  found: (interest: Interest) => void,
): void {
  if (!interests) return;
  for (const interest of interests) if (candidate.isCoveredBy(interest)) found(interest);
}

/** Whether the key is new. */
function put<K>(sets: Map<K, Set<Interest>>, key: K, interest: Interest): boolean {
  const set = sets.get(key);
  if (set) set.add(interest);
  else sets.set(key, new Set([interest]));
  return !set;
}

/** Whether the key is gone. */
function take<K>(sets: Map<K, Set<Interest>>, key: K, interest: Interest): boolean {
  const set = sets.get(key);
  if (!set?.delete(interest) || set.size > 0) return false;
  return sets.delete(key);
}
