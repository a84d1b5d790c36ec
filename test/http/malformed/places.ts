import type { Random } from '../../access/xacml/random.ts';

/** Where a value stands in a body: member names and indices from the root. */
export type Place = readonly (string | number)[];

/** Every place of the body whose value passes, inner ones too. */
export function placesOf(body: unknown, passes: (value: unknown, place: Place) => boolean): Place[] {
  const found: Place[] = [];
  const walk = (value: unknown, place: Place): void => {
    if (place.length > 0 && passes(value, place)) found.push(place);
    if (typeof value !== 'object' || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      walk(member, [...place, Array.isArray(value) ? Number(name) : name]);
    }
  };
  walk(body, []);
  return found;
}

/** The body as JSON with this JSON text in one place of it, whatever it is. */
export function withRaw(body: unknown, place: Place, raw: string): string {
  const mark = '@@here@@';
  return JSON.stringify(withValue(body, place, mark)).replace(JSON.stringify(mark), () => raw);
}

function withValue(body: unknown, [first, ...rest]: Place, value: unknown): unknown {
  if (first === undefined) return value;
  const copy = Array.isArray(body) ? [...body] : { ...(body as object) };
  const members = copy as Record<string | number, unknown>;
  members[first] = withValue(members[first], rest, value);
  return copy;
}

/** A place with one of these names at its end. Throws when the body has none. */
export function namedPlace(random: Random, body: unknown, names: readonly string[]): Place {
  return random.pick(placesOf(body, (_, place) => names.includes(String(place.at(-1)))));
}

export function textPlace(random: Random, body: unknown): Place {
  return random.pick(placesOf(body, (value) => typeof value === 'string'));
}

export function anyPlace(random: Random, body: unknown): Place {
  return random.pick(placesOf(body, () => true));
}
