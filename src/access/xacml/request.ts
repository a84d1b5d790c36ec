import { STRING } from './names.ts';

/** One value of an attribute of a request. Its data type is a URI, any; a policy looks only at those it understands. */
export interface XacmlValue {
  readonly value: string;
  readonly dataType: string;
  readonly issuer?: string | undefined;
}

/** What a decision is asked about: category → attribute id → its values. */
export type XacmlRequest = ReadonlyMap<string, ReadonlyMap<string, readonly XacmlValue[]>>;

/** Collects a request: `new RequestBuilder().add(ACTION, ACTION_ID, 'read').build()`. */
export class RequestBuilder {
  readonly #categories = new Map<string, Map<string, XacmlValue[]>>();

  /** Adds a value; a bare text is an xs:string. An attribute may have many values. */
  add(category: string, attribute: string, value: string | XacmlValue): this {
    let attributes = this.#categories.get(category);
    if (!attributes) this.#categories.set(category, (attributes = new Map()));
    let values = attributes.get(attribute);
    if (!values) attributes.set(attribute, (values = []));
    values.push(typeof value === 'string' ? { value, dataType: STRING } : value);
    return this;
  }

  /** What was added so far; the builder is done with. */
  build(): XacmlRequest {
    return this.#categories;
  }
}
