import { Failure } from '../../lib/errors.ts';

/** Query parameters as they came. Their names compare without case, as those of Altinn's test token generator do. */
export type TokenQuery = Readonly<Record<string, unknown>>;

/** Seconds. */
const DEFAULT_LIFETIME = 1800;
const LONGEST_LIFETIME = 31_536_000;

/** The form that a parameter must have, and how to say so. */
interface Form {
  readonly pattern: RegExp;
  readonly says: string;
}

export const forms = {
  organization: { pattern: /^\d{9}$/, says: 'must be an organisation number of nine digits' },
  person: { pattern: /^\d{11}$/, says: 'must be a national identity number of eleven digits' },
  systemUser: { pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, says: 'must be a UUID' },
  org: { pattern: /^[a-z0-9-]{2,}$/i, says: 'must be the short code of a service owner' },
  level: { pattern: /^[0-4]$/, says: 'must be a level from 0 to 4' },
  app: { pattern: /^([a-z0-9-]{2,}\/)?[a-z0-9-]+$/i, says: 'must be org/app' },
} satisfies Record<string, Form>;

function parameter(query: TokenQuery, name: string): string | undefined {
  const found = Object.entries(query).find(([key]) => key.toLowerCase() === name.toLowerCase());
  return typeof found?.[1] === 'string' && found[1] !== '' ? found[1] : undefined;
}

/** The parameter in its form. Throws Failure('request-invalid') when it has another one or is missing. */
export function required(query: TokenQuery, name: string, form: Form): string {
  const value = parameter(query, name);
  if (value === undefined || !form.pattern.test(value)) throw invalid(name, form.says);
  return value;
}

/** As `required`, but undefined when it is missing. */
export function optional(query: TokenQuery, name: string, form: Form): string | undefined {
  return parameter(query, name) === undefined ? undefined : required(query, name, form);
}

/** Scopes as one space-separated text; commas count as spaces. */
export function scopesIn(query: TokenQuery): string {
  return (parameter(query, 'scopes') ?? '')
    .split(/[\s,]+/)
    .filter(Boolean)
    .join(' ');
}

/** Seconds from now until the token expires: half an hour unless asked otherwise, at most a year. */
export function lifetimeIn(query: TokenQuery): number {
  const seconds = Number(parameter(query, 'ttl') ?? DEFAULT_LIFETIME);
  if (Number.isInteger(seconds) && seconds > 0 && seconds <= LONGEST_LIFETIME) return seconds;
  throw invalid('ttl', `must be a whole number of seconds from 1 to ${LONGEST_LIFETIME}`);
}

function invalid(name: string, says: string): Failure {
  return new Failure('request-invalid', { detail: `${name} ${says}.`, fields: { [name]: [says] } });
}
