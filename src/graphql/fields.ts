import { defaultFieldResolver, type GraphQLFieldResolver, isListType, isNonNullType } from 'graphql';
import type { Content, ContentValue } from '../dialogs/model.ts';

/**
 * A field as the rooms' views have it. They leave out what is empty, as REST does; where the SDL promises a list, that
 * is an empty one.
 */
export const readField: GraphQLFieldResolver<unknown, unknown> = (...call) => {
  const value: unknown = defaultFieldResolver(...call);
  const { returnType } = call[3];
  if (value !== undefined || !isNonNullType(returnType)) return value;
  return isListType(returnType.ofType) ? [] : value;
};

const NO_TEXT: ContentValue = { mediaType: 'text/plain', value: [] };

/** What is for machines only may have no content, where the SDL promises some with a title. */
const content = (dialog: { readonly content?: Content }): Content => dialog.content ?? {};
const title = (given: Content): ContentValue => given.title ?? NO_TEXT;

type Resolvers = Readonly<Record<string, Readonly<Record<string, (source: never) => unknown>>>>;

/** The fields, by type, that are not simply read. */
export const FIELDS: Resolvers = {
  Dialog: { content },
  SearchDialog: { content },
  Transmission: { content },
  Content: { title },
  SearchContent: { title },
  TransmissionContent: { title },
};
