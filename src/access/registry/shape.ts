import { type FaultListener, unheard } from './faults.ts';

/**
 * Shapes read JSON into typed values and tell every fault with its path. A faulty value is read as it stands when it
 * has the right type, else as an empty one, so that reading goes on to the end; whoever reads must ask the faults
 * before using what was read.
 */
export type Shape<T> = (value: unknown, at: string, faults: FaultListener) => T;

type Members = Readonly<Record<string, Shape<unknown>>>;
type Read<M extends Members> = { readonly [Name in keyof M]: ReturnType<M[Name]> };

/** What PostgreSQL's jsonb cannot hold: NUL and halves of surrogate pairs. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Any text that the database can hold. */
export const storable = matching(() => true, '');

/** One to `longest` characters. */
export function text(longest = 1000): Shape<string> {
  return matching(
    (value) => value.length > 0 && value.length <= longest,
    `must have 1–${longest} characters`,
  );
}

/** A string that passes the test. The message never repeats the value: it may be a person's number. */
export function matching(test: (value: string) => boolean, message: string): Shape<string> {
  return (value, at, faults) => {
    if (typeof value !== 'string') {
      faults.add(at, wrongType(value, 'a string'));
      return '';
    }
    if (UNSTORABLE.test(value)) faults.add(at, 'must hold no NUL and no half of a surrogate pair');
    else if (!test(value)) faults.add(at, message);
    return value;
  };
}

/** One of the words, whatever the letter case. */
export function oneOf(...words: string[]): Shape<string> {
  const known = new Set(words.map((word) => word.toLowerCase()));
  return matching((value) => known.has(value.toLowerCase()), `must be one of ${words.join(', ')}`);
}

export function integer(lowest: number, highest: number): Shape<number> {
  return (value, at, faults) => {
    if (Number.isInteger(value) && Number(value) >= lowest && Number(value) <= highest) return Number(value);
    faults.add(at, value === undefined ? 'is missing' : `must be a whole number in ${lowest}–${highest}`);
    return 0;
  };
}

export function boolean(value: unknown, at: string, faults: FaultListener): boolean {
  if (typeof value !== 'boolean') faults.add(at, wrongType(value, 'true or false'));
  return value === true;
}

/** An array of at most `most` items. */
export function list<T>(item: Shape<T>, most = 1000): Shape<readonly T[]> {
  return (value, at, faults) => {
    if (!Array.isArray(value)) {
      faults.add(at, wrongType(value, 'an array'));
      return [];
    }
    if (value.length > most) faults.add(at, `must have at most ${most} items`);
    return value.slice(0, most).map((each, index) => item(each, `${at}[${index}]`, faults));
  };
}

/** May be left out; null counts as left out, as Altinn writes it. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, at, faults) =>
    value === undefined || value === null ? undefined : shape(value, at, faults);
}

/** An object with these members and no others. */
export function object<M extends Members>(members: M): Shape<Read<M>> {
  return (value, at, faults) => {
    const given = isRecord(value) ? value : {};
    if (given !== value) faults.add(at, wrongType(value, 'an object'));
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(members, name)) faults.add(member(at, name), 'is not known here');
    }
    const heard = given === value ? faults : unheard;
    const read = Object.entries(members).map(([name, shape]) => [
      name,
      shape(Object.hasOwn(given, name) ? given[name] : undefined, member(at, name), heard),
    ]);
    return Object.fromEntries(read) as Read<M>;
  };
}

/** An object with any members, all of one shape. */
export function dictionary<T>(item: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value, at, faults) => {
    if (!isRecord(value)) {
      faults.add(at, wrongType(value, 'an object'));
      return {};
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => {
        anyName(name, member(at, name), faults);
        return [name, item(each, member(at, name), faults)];
      }),
    );
  };
}

const anyName = matching((name) => name.length <= 200, 'must have a shorter name');

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrongType(value: unknown, expected: string): string {
  return value === undefined ? 'is missing' : `must be ${expected}`;
}

function member(at: string, name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? `${at}.${name}` : `${at}[${JSON.stringify(name.slice(0, 100))}]`;
}
