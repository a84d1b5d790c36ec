import type { Kind } from './kinds.ts';

/** A client of Maskinporten: with it, tokens are fetched that Altinn exchanges for its own. */
export interface MaskinportenClient {
  /** Address of the token endpoint: `https://maskinporten.no/token`. */
  readonly tokenUrl: string;
  /** Maskinporten's own name in the assertion: `https://maskinporten.no/`. */
  readonly audience: string;
  readonly clientId: string;
  /** Scopes with spaces between. */
  readonly scope: string;
  /** Private key as a JSON Web Key, with `kid` and `alg`. */
  readonly key: Readonly<Record<string, unknown>>;
}

const TEXTS = ['tokenUrl', 'audience', 'clientId', 'scope'];
const MEMBERS = [...TEXTS, 'key'];

export const maskinportenClient: Kind<MaskinportenClient> = {
  accepts: `a JSON object with ${MEMBERS.join(', ')}`,
  parse: (text) => {
    const value = readObject(text);
    if (value === undefined) return { fault: `must be ${maskinportenClient.accepts}` };
    const fault = faultOf(value);
    return fault === undefined ? { value: value as unknown as MaskinportenClient } : { fault };
  },
};

function faultOf(value: Readonly<Record<string, unknown>>): string | undefined {
  const unknown = Object.keys(value).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) return `has an unknown member ${unknown}; known are ${MEMBERS.join(', ')}`;
  const missing = TEXTS.find((name) => typeof value[name] !== 'string' || value[name] === '');
  if (missing !== undefined) return `must have ${missing} as text`;
  const url = String(value['tokenUrl']);
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return 'must have an address in tokenUrl';
  return faultOfKey(value['key']);
}

function faultOfKey(key: unknown): string | undefined {
  if (!isObject(key)) return 'must have a JSON Web Key in key';
  const named = ['kty', 'kid', 'alg', 'd'].find((name) => typeof key[name] !== 'string');
  return named === undefined
    ? undefined
    : `must have ${named} in key: a private key, its id and its algorithm`;
}

function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
