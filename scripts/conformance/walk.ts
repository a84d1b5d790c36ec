import type { Contract, Schema } from './contract.ts';

/** A property of a schema, or of a value that follows it: `content.title.value[].languageCode`. */
export interface Property {
  readonly path: string;
  /** Has no properties of its own. */
  readonly isLeaf: boolean;
}

/** Every property that a value can have. Where a schema contains itself, it is not gone into again. */
export function* propertiesOf(
  contract: Contract,
  schema: Schema,
  at = '',
  above: readonly string[] = [],
): Iterable<Property> {
  const { name, schema: resolved } = contract.resolve(schema);
  if (name !== undefined && above.includes(name)) return;
  const within = name === undefined ? above : [...above, name];
  if (resolved.items) yield* propertiesOf(contract, resolved.items, `${at}[]`, within);
  for (const [member, memberSchema] of Object.entries(resolved.properties ?? {})) {
    const path = join(at, member);
    yield { path, isLeaf: isLeaf(contract, memberSchema) };
    yield* propertiesOf(contract, memberSchema, path, within);
  }
}

export interface Seen extends Property {
  readonly name: string;
  readonly value: unknown;
}

/** The properties that a value has. What is null or an empty list has not been seen. */
export function* valuesOf(contract: Contract, schema: Schema, value: unknown, at = ''): Iterable<Seen> {
  const { schema: resolved } = contract.resolve(schema);
  if (Array.isArray(value)) {
    for (const item of value) yield* valuesOf(contract, resolved.items ?? {}, item, `${at}[]`);
    return;
  }
  if (!isObject(value)) return;
  for (const [member, memberSchema] of Object.entries(resolved.properties ?? {})) {
    const given = value[member];
    if (given === undefined || given === null || (Array.isArray(given) && given.length === 0)) continue;
    const path = join(at, member);
    yield { path, name: member, value: given, isLeaf: isLeaf(contract, memberSchema) };
    yield* valuesOf(contract, memberSchema, given, path);
  }
}

/** Where a value is not what the schema says. */
export function* faultsOf(contract: Contract, schema: Schema, value: unknown, at = '$'): Iterable<string> {
  const { schema: resolved } = contract.resolve(schema);
  if (value === null) {
    yield `${at} is null`;
    return;
  }
  const kind = kindOf(value);
  if (resolved.type !== undefined && kind !== resolved.type) {
    yield `${at} is ${kind}, not ${resolved.type}`;
    return;
  }
  if (typeof value === 'string') yield* textFaults(resolved, value, at);
  if (Array.isArray(value)) {
    for (const item of value) yield* faultsOf(contract, resolved.items ?? {}, item, `${at}[]`);
  }
  if (kind !== 'object' || !resolved.properties) return;
  for (const [member, given] of Object.entries(value as object)) {
    const known = resolved.properties[member];
    if (known) yield* faultsOf(contract, known, given, `${at}.${member}`);
    else yield `${at}.${member} is not published`;
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** In UTC, with the seven decimals that .NET writes. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/;
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  guid: (text) => UUID.test(text),
  'date-time': (text) => TIME.test(text) && !Number.isNaN(Date.parse(text)),
  uri: (text) => URL.canParse(text),
};

function* textFaults({ enum: words, format }: Schema, text: string, at: string): Iterable<string> {
  if (words && !words.includes(text)) yield `${at} is ${text}, none of the published words`;
  if (format !== undefined && FORMATS[format]?.(text) === false) yield `${at} is ${text}, no ${format}`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function isLeaf(contract: Contract, schema: Schema): boolean {
  const { schema: resolved } = contract.resolve(schema);
  return resolved.items ? isLeaf(contract, resolved.items) : resolved.properties === undefined;
}

function join(at: string, member: string): string {
  return at === '' ? member : `${at}.${member}`;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
