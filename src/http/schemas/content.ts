import { Type } from 'typebox';
import { list, maybe } from './primitives.ts';

const localization = Type.Object({
  languageCode: Type.String({ description: 'ISO 639, two letters; nb or nn, not no.' }),
  value: Type.String({ description: 'The text, or the URL of a front-channel embed.' }),
});

export const texts = Type.Array(localization);

const contentValue = Type.Object({
  mediaType: maybe(Type.String({ description: 'text/plain when left out.' })),
  value: texts,
});

/** Content as a reader sees it: whether what it refers to may be followed. */
export const judgedContentValue = Type.Object({
  mediaType: Type.String(),
  value: texts,
  isAuthorized: maybe(Type.Boolean()),
});

/** Which members must stand is a rule of the domain: an API-only dialog may go without content. */
export const dialogContent = Type.Object({
  title: maybe(contentValue),
  senderName: maybe(contentValue),
  summary: maybe(contentValue),
  additionalInfo: maybe(contentValue),
  extendedStatus: maybe(contentValue),
  mainContentReference: maybe(contentValue),
  nonSensitiveTitle: maybe(contentValue),
  nonSensitiveSummary: maybe(contentValue),
});

export const transmissionContent = Type.Object({
  title: maybe(contentValue),
  summary: maybe(contentValue),
  contentReference: maybe(contentValue),
});

export const actor = Type.Object({
  actorType: Type.Enum(['PartyRepresentative', 'ServiceOwner']),
  actorId: maybe(Type.String({ description: 'Party URN.' })),
  actorName: maybe(Type.String({ maxLength: 255 })),
});

export const tags = list(Type.Object({ value: Type.String({ minLength: 1, maxLength: 63 }) }));
