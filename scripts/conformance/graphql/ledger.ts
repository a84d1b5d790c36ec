import {
  getNamedType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isInputObjectType,
  isObjectType,
} from 'graphql';
import { isObject } from '../walk.ts';

/** What has been seen of one root field: fields and arguments as `Type.field`. */
export class FieldRecord {
  readonly name: string;
  readonly #schema: GraphQLSchema;
  readonly #field: GraphQLField<unknown, unknown>;
  requests = 0;
  readonly asked = new Set<string>();
  readonly answered = new Set<string>();
  readonly faults = new Set<string>();

  constructor(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>) {
    this.name = field.name;
    this.#schema = schema;
    this.#field = field;
  }

  /** Every argument, and every field of an input, that can be asked with. */
  get askable(): string[] {
    const found = new Set<string>();
    for (const { name, type } of this.#field.args) {
      found.add(`${this.name}.${name}`);
      this.#collect(getNamedType(type), found);
    }
    return [...found];
  }

  /** Every field that an answer can have. */
  get answerable(): string[] {
    const found = new Set<string>();
    this.#collect(getNamedType(this.#field.type), found);
    return [...found];
  }

  noteRequest(args: Readonly<Record<string, unknown>>): void {
    this.requests += 1;
    for (const { name, type } of this.#field.args) {
      if (args[name] === undefined) continue;
      this.asked.add(`${this.name}.${name}`);
      this.#noteInput(type, args[name]);
    }
  }

  /** Notes every field of the value that has one: neither null nor an empty list. */
  noteAnswer(value: unknown, output: GraphQLOutputType = this.#field.type): void {
    if (Array.isArray(value)) for (const item of value) this.noteAnswer(item, output);
    if (!isObject(value)) return;
    const named = getNamedType(output);
    const type = isAbstractType(named) ? this.#schema.getType(String(value['__typename'])) : named;
    if (!isObjectType(type)) return;
    for (const [name, field] of Object.entries(type.getFields())) {
      const member = value[name];
      if (isValue(member)) this.answered.add(`${type.name}.${name}`);
      this.noteAnswer(member, field.type);
    }
  }

  #noteInput(input: GraphQLInputType, value: unknown): void {
    const type = getNamedType(input);
    if (Array.isArray(value)) for (const item of value) this.#noteInput(input, item);
    if (!isInputObjectType(type) || !isObject(value)) return;
    for (const [name, field] of Object.entries(type.getFields())) {
      if (!isValue(value[name])) continue;
      this.asked.add(`${type.name}.${name}`);
      this.#noteInput(field.type, value[name]);
    }
  }

  #collect(type: GraphQLNamedType, found: Set<string>): void {
    if (isAbstractType(type))
      for (const kind of this.#schema.getPossibleTypes(type)) this.#collect(kind, found);
    if (!isObjectType(type) && !isInputObjectType(type)) return;
    for (const field of Object.values<GraphQLField<unknown, unknown> | GraphQLInputField>(type.getFields())) {
      const place = `${type.name}.${field.name}`;
      if (found.has(place)) continue;
      found.add(place);
      this.#collect(getNamedType(field.type), found);
    }
  }
}

function isValue(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}
