import { normalizeTime } from '../dialogs/timestamps.ts';
import { Failure } from '../lib/errors.ts';

/** What is looked at of a JSON schema. */
interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Entries of a list beyond which nothing is looked at any more: faults are collected for each. */
const LONGEST_LIST = 5000;

/**
 * A value as the schema means it, before it is validated. As in ASP.NET, member names and enum values are read in any
 * letter case, unknown members are dropped and null stands for absent. Times become wire times in UTC. What does not
 * fit is left as it is, for the validator to name.
 */
export function conform(schema: unknown, value: unknown, at = ''): unknown {
  const { type, properties, items } = schema as Schema;
  // Where anything may stand, null is a value: a JSON Patch may set it.
  if (value === null) return type === undefined ? null : undefined;
  if (typeof value === 'string') return conformText(schema as Schema, value, at);
  if (Array.isArray(value) && items) return conformList(items, value, at);
  if (properties && isRecord(value)) return conformObject(properties, value, at);
  return value;
}

function conformList(items: Schema, list: readonly unknown[], at: string): unknown[] {
  if (list.length > LONGEST_LIST) {
    throw new Failure('request-invalid', {
      fields: { [at || '$']: [`must have at most ${LONGEST_LIST} entries`] },
    });
  }
  return list.map((item, index) => conform(items, item, `${at}[${index}]`) ?? null);
}

function conformObject(
  properties: Readonly<Record<string, Schema>>,
  value: Readonly<Record<string, unknown>>,
  at: string,
): Record<string, unknown> {
  const known = namesOf(properties);
  const conformed: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const meant = known.get(name.toLowerCase());
    if (meant === undefined) continue;
    const path = at === '' ? meant : `${at}.${meant}`;
    const shaped = conform(properties[meant], member, path);
    if (shaped !== undefined) conformed[meant] = shaped;
  }
  return conformed;
}

const namesBySchema = new WeakMap<object, ReadonlyMap<string, string>>();

function namesOf(properties: Readonly<Record<string, Schema>>): ReadonlyMap<string, string> {
  let names = namesBySchema.get(properties);
  if (!names) {
    names = new Map(Object.keys(properties).map((name) => [name.toLowerCase(), name]));
    namesBySchema.set(properties, names);
  }
  return names;
}

/** PostgreSQL keeps neither U+0000 nor a surrogate that stands alone. */
const UNFIT = /[\0\p{Surrogate}]/u;

function conformText(schema: Schema, text: string, at: string): unknown {
  if (UNFIT.test(text)) {
    throw new Failure('request-invalid', {
      fields: { [at]: ['must not contain U+0000 or half a character'] },
    });
  }
  if (schema.enum) {
    const lower = text.toLowerCase();
    return schema.enum.find((known) => typeof known === 'string' && known.toLowerCase() === lower) ?? text;
  }
  // The empty text is no time, so that the validator refuses what only looks like one.
  if (schema.format === 'date-time') return normalizeTime(text) ?? '';
  return schema.format === 'uuid' ? text.toLowerCase() : text;
}

type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Query parameters as the schema means them: names in any letter case, unknown ones dropped, lists from one or more
 * occurrences, numbers and truth values read from their text. Of a repeated single parameter the first counts.
 */
export function conformQuery(schema: unknown, query: RawQuery): Record<string, unknown> {
  const { properties = {} } = schema as Schema;
  const known = namesOf(properties);
  const conformed: Record<string, unknown> = {};
  for (const [name, raw] of Object.entries(query)) {
    const meant = known.get(name.toLowerCase());
    const texts = typeof raw === 'string' ? [raw] : (raw ?? []);
    const member = meant === undefined ? undefined : properties[meant];
    if (meant === undefined || !member) continue;
    const value = member.type === 'array' ? texts : toScalar(member, texts[0] ?? '');
    const shaped = value === undefined ? undefined : conform(member, value, meant);
    if (shaped !== undefined) conformed[meant] = shaped;
  }
  return conformed;
}

function toScalar({ type, format }: Schema, text: string): unknown {
  if (text === '') return undefined;
  if (type === 'boolean' && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  // A plus sign of an offset that was not escaped has been read as a space.
  return format === 'date-time' ? text.replace(' ', '+') : text;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
