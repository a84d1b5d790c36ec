import type { Kind } from './kinds.ts';

/** Whose tokens are accepted. */
export interface Issuer {
  /** The `iss` of its tokens, letter by letter. */
  readonly issuer: string;
  /** Where its public keys are: the address of a JSON Web Key Set (RFC 7517). */
  readonly jwks: string;
  /** The `aud` that its tokens must carry; left out only for an issuer whose tokens carry none. */
  readonly audience?: string | undefined;
}

const MEMBERS = ['issuer', 'jwks', 'audience'];

export const issuers = issuersLike('[{"issuer":"https://…","jwks":"https://…/jwks","audience":"…"}]');

/** Owners of apps, by their short codes. */
export const platformIssuers = issuersLike('[{"issuer":"ttd","jwks":"https://…/jwks"}]');

/** A JSON array of issuers, at least one. */
function issuersLike(example: string): Kind<readonly Issuer[]> {
  const accepts = `a JSON array such as ${example}`;
  return {
    accepts,
    parse: (text) => {
      const list = readArray(text);
      if (list === undefined || list.length === 0) return { fault: `must be ${accepts}` };
      const fault = list.map(faultOf).find((each) => each !== undefined) ?? twice(list);
      return fault === undefined ? { value: list as Issuer[] } : { fault };
    },
  };
}

function readArray(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function faultOf(entry: unknown, index: number): string | undefined {
  if (typeof entry !== 'object' || entry === null) return `[${index}] must be an object`;
  const members = new Map(Object.entries(entry));
  const unknown = [...members.keys()].find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined)
    return `[${index}] has an unknown member ${unknown}; known are ${MEMBERS.join(', ')}`;
  if (!isText(members.get('issuer'))) return `[${index}].issuer must be the issuer of the tokens`;
  if (!isHttpAddress(members.get('jwks'))) return `[${index}].jwks must be the address of a JSON Web Key Set`;
  if (members.has('audience') && !isText(members.get('audience'))) return `[${index}].audience must be text`;
  return undefined;
}

/** With two entries for one issuer it would be chance which keys and which audience hold. */
function twice(list: readonly unknown[]): string | undefined {
  const names = list.map((entry) => (entry as Issuer).issuer);
  const index = names.findIndex((name, at) => names.indexOf(name) < at);
  return index < 0 ? undefined : `[${index}].issuer stands there twice`;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function isHttpAddress(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);
}
