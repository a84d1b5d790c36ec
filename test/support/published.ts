import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** A schema of the published OpenAPI document, as far as a test looks at it. */
interface Published {
  readonly $ref?: string;
  readonly oneOf?: readonly Published[];
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Published>>;
  readonly items?: Published;
}

/** A schema of ours. */
interface Ours {
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Ours>>;
  readonly items?: Ours;
}

interface PublishedDocument {
  readonly paths: Readonly<Record<string, object>>;
  readonly components: { readonly schemas: Readonly<Record<string, Published>> };
}

const PREFIX = '#/components/schemas/';

/** Dialogporten's published contract, to hold schemas and answers against. */
export class PublishedContract {
  /** Operations by path and method. */
  readonly paths: Readonly<Record<string, object>>;
  readonly #schemas: Readonly<Record<string, Published>>;

  constructor({ paths, components }: PublishedDocument) {
    this.paths = paths;
    this.#schemas = components.schemas;
  }

  static async read(): Promise<PublishedContract> {
    const path = createRequire(import.meta.url).resolve('@digdir/dialogporten-schema/swagger.verified.json');
    const text = await readFile(path, 'utf8');
    return new PublishedContract(JSON.parse(text.replace(/^\uFEFF/, '')) as PublishedDocument);
  }

  /** Where the value is not what the published schema says: unknown members, wrong types, unknown words. */
  strangers(name: string, value: unknown): string[] {
    return [...this.#strangers({ $ref: PREFIX + name }, value, '')];
  }

  /** What our schema lacks of the published one, and what it has beyond it. */
  differences(name: string, ours: Ours): string[] {
    return [...this.#differences({ $ref: PREFIX + name }, ours, '')];
  }

  *#strangers(schema: Published, value: unknown, at: string): Iterable<string> {
    const { type, properties, items, enum: words } = this.#resolve(schema);
    const kind = Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
    if (type !== undefined && type !== kind) yield `${at} is ${kind}, not ${type}`;
    if (words && !words.includes(String(value))) yield `${at} is ${String(value)}`;
    if (Array.isArray(value) && items) {
      for (const [index, item] of value.entries()) yield* this.#strangers(items, item, `${at}[${index}]`);
    }
    if (kind !== 'object' || !properties) return;
    for (const [name, member] of Object.entries(value as object)) {
      const known = properties[name];
      if (known) yield* this.#strangers(known, member, `${at}.${name}`);
      else yield `${at}.${name} is not known`;
    }
  }

  *#differences(schema: Published, ours: Ours, at: string): Iterable<string> {
    const { properties, items, enum: words } = this.#resolve(schema);
    if (words && String(words.toSorted()) !== String(ours.enum?.map(String).toSorted())) {
      yield `${at} has other words`;
    }
    if (items) yield* this.#differences(items, ours.items ?? {}, `${at}[]`);
    if (!properties) return;
    const names = new Set([...Object.keys(properties), ...Object.keys(ours.properties ?? {})]);
    for (const name of names) {
      const [theirs, own] = [properties[name], ours.properties?.[name]];
      if (!theirs) yield `${at}.${name} is not published`;
      else if (!own) yield `${at}.${name} is missing`;
      else yield* this.#differences(theirs, own, `${at}.${name}`);
    }
  }

  #resolve(schema: Published): Published {
    const [only] = schema.oneOf ?? [];
    const target = schema.$ref ?? only?.$ref;
    return target === undefined ? schema : (this.#schemas[target.slice(PREFIX.length)] ?? {});
  }
}
