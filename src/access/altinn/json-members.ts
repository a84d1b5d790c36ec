/** An object that came as JSON. */
export type Members = Readonly<Record<string, unknown>>;

/** What a service has sent cannot be what its contract says. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
}

/** The object as it is; its member names in lower case. Throws `BadAnswer` for what is no object. */
export function membersOf(value: unknown, what: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadAnswer(`${what} is no object`);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name.toLowerCase(), each]));
}

/** A list; none when it is left out or null. Throws `BadAnswer` for anything else. */
export function listOf(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new BadAnswer(`${what} is no list`);
  return value;
}

/** Text; undefined when it is left out or null. Numbers and truth values count as their text. */
export function textOf(value: unknown): string | undefined {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}
