import { Failure } from '../../../lib/errors.ts';

type Members<Name extends string> = Readonly<Partial<Record<Name, unknown>>>;

/**
 * Members of a body each of which may be left out. One that nobody knows is refused: where nothing means everything, a
 * word that is misspelt must not.
 *
 * @throws Failure `request-invalid`
 */
export function membersOf<Name extends string>(body: unknown, known: readonly Name[]): Members<Name> {
  if (body === undefined || body === null) return {} as Members<Name>;
  if (typeof body !== 'object' || Array.isArray(body)) refuse('$', 'must be an object');
  const unknown = Object.keys(body).find((name) => !known.some((one) => one === name));
  if (unknown !== undefined) refuse(unknown, `is not known; known are ${known.join(', ')}`);
  return body as Members<Name>;
}

function refuse(field: string, fault: string): never {
  throw new Failure('request-invalid', { fields: { [field]: [fault] } });
}
