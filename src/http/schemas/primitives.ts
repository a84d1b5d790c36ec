import { type Static, type TObject, type TSchema, Type } from 'typebox';

/** Building blocks of the schemas. Bodies are conformed to them before they are validated (`http/conform.ts`). */

/** The form that PostgreSQL takes as well; the format alone would let `urn:uuid:` pass. */
export const uuid = (description?: string) =>
  Type.String({
    format: 'uuid',
    pattern: '^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
    ...(description !== undefined && { description }),
  });

/** A date-time with an explicit offset; kept to the microsecond. */
export const dateTime = (description?: string) =>
  Type.String({ format: 'date-time', ...(description !== undefined && { description }) });

/** An absolute URI or URN. */
export const uri = () => Type.String({ format: 'uri', maxLength: 1023 });

export const text = (maxLength: number, minLength = 0) => Type.String({ maxLength, minLength });

export const maybe = Type.Optional;

export const list = <Item extends TSchema>(item: Item) => Type.Optional(Type.Array(item));

/** Path parameters that are all ids. */
export const ids = <Name extends string>(...names: readonly Name[]) =>
  Type.Object(Object.fromEntries(names.map((name) => [name, uuid()]))) as unknown as TObject<
    Record<Name, ReturnType<typeof uuid>>
  >;

/** What every command takes. */
export const silentQuery = Type.Object({
  isSilentUpdate: Type.Optional(
    Type.Boolean({ description: 'Nobody is told; times and system labels stay as they are.' }),
  ),
});

export type SilentQuery = Static<typeof silentQuery>;

/** An answer without a body. */
export const nothing = (description: string) => Type.Unsafe<void>({ type: 'null', description });

/** The id of what was created. */
export const createdId = Type.String({ format: 'uuid', description: 'Id of what was created.' });
