import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { DialogsOptions } from '../../dialogs/options.ts';
import type { Authenticate } from '../authenticate.ts';

/** Requests and answers typed by the schemas of their route. Answers may be made of what nobody changes any more. */
export interface SchemaTypes extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  serializer: this['schema'] extends TSchema ? Frozen<Static<this['schema']>> : unknown;
}

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Frozen<T[Name]> }
    : T;

/** An app whose routes are typed by their schemas. */
export type TypedApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  SchemaTypes
>;

/** What the routes of dialogs need. */
export interface DialogRoutesOptions {
  readonly dialogs: DialogsOptions;
  readonly authenticate: Authenticate;
  readonly serverTiming: boolean;
}
