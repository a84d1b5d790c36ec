import { Failure } from '../lib/errors.ts';

/** PostgreSQL keeps neither U+0000 nor a surrogate that stands alone. */
const UNFIT = /[\0\p{Surrogate}]/u;
/** The longest text that any argument has a use for, and the longest list. */
const TEXT_MOST = 1023;
const LIST_MOST = 1000;

/** Throws `request-invalid` for arguments with a text or a list that no room of the house takes; REST's schemas say the same. */
export function refuseUnfit(args: Readonly<Record<string, unknown>>): void {
  const fields: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(args)) {
    const fault = faultOf(value);
    if (fault !== undefined) fields[name] = [fault];
  }
  if (Object.keys(fields).length > 0) throw new Failure('request-invalid', { fields });
}

function faultOf(value: unknown): string | undefined {
  if (typeof value === 'string') {
    if (UNFIT.test(value)) return 'must not contain U+0000 or half a character';
    return value.length > TEXT_MOST ? `must have no text longer than ${TEXT_MOST} characters` : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value) && value.length > LIST_MOST) {
    return `must have no list longer than ${LIST_MOST} values`;
  }
  for (const member of Object.values(value)) {
    const fault = faultOf(member);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

type Given<T> = { readonly [Name in keyof T]: Exclude<T[Name], null> };

/** An input without the members that were given as null, which means the same as not giving them. */
export function withoutNulls<T extends object>(input: T): Given<T> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null)) as Given<T>;
}
