import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** A schema of the published document, with the keywords that it uses. */
export interface Schema {
  readonly $ref?: string;
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
}

/** One way to call the API. */
export interface Operation {
  /** `GET /enduser/dialogs`: without the prefix and version that all paths have. */
  readonly id: string;
  readonly method: string;
  /** As published, from the origin of the API on. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  /** By status; undefined where no body is described. */
  readonly answers: ReadonlyMap<number, Schema | undefined>;
}

/** A schema with its references followed; the name of the last one followed tells recursion from depth. */
export interface Resolved {
  readonly name: string | undefined;
  readonly schema: Schema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface PublishedOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, PublishedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const VERSION = '/api/v1';
const SCHEMAS = '#/components/schemas/';

/** Dialogporten's published OpenAPI document. */
export class Contract {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly #schemas: Readonly<Record<string, Schema>>;

  constructor({ paths, components }: Document) {
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, published]) =>
        operationOf(path, method.toUpperCase(), published),
      ),
    );
    this.operations = new Map(operations.map((operation) => [operation.id, operation]));
    this.#schemas = components.schemas;
  }

  static async read(): Promise<Contract> {
    const path = createRequire(import.meta.url).resolve('@digdir/dialogporten-schema/swagger.verified.json');
    const text = await readFile(path, 'utf8');
    return new Contract(JSON.parse(text.replace(/^\uFEFF/, '')) as Document);
  }

  operation(id: string): Operation {
    const operation = this.operations.get(id);
    if (!operation) throw new Error(`${id} is not published`);
    return operation;
  }

  /** The published document wraps a reference where it is optional or has a text of its own. */
  resolve(schema: Schema): Resolved {
    const wrapped = schema.oneOf?.[0] ?? schema.allOf?.[0];
    if (wrapped) return this.resolve(wrapped);
    if (schema.$ref === undefined) return { name: undefined, schema };
    const name = schema.$ref.slice(SCHEMAS.length);
    const target = this.#schemas[name];
    if (!target) throw new Error(`${name} is not described`);
    return { name, schema: target };
  }
}

function operationOf(path: string, method: string, published: PublishedOperation): Operation {
  const answers = Object.entries(published.responses).map(
    ([status, answer]) => [Number(status), schemaOf(answer)] as const,
  );
  return {
    id: `${method} ${path.slice(VERSION.length)}`,
    ...{ method, path },
    parameters: published.parameters ?? [],
    body: schemaOf(published.requestBody),
    answers: new Map(answers),
  };
}

function schemaOf(described: Content | undefined): Schema | undefined {
  return Object.values(described?.content ?? {})[0]?.schema;
}
