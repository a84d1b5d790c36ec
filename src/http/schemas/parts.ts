import { Type } from 'typebox';
import { texts } from './content.ts';
import { dateTime, list, maybe, text, uri, uuid } from './primitives.ts';

/** Attachments and actions: as they are sent, and as they are read with their ids and the reader's rights. */

const HTTP_METHODS = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'CONNECT',
] as const;

const attachmentUrl = {
  url: uri(),
  mediaType: maybe(text(255)),
  consumerType: Type.Enum(['Gui', 'Api']),
};

const attachment = { displayName: maybe(texts), name: maybe(text(255)), expiresAt: maybe(dateTime()) };

export const attachmentInput = Type.Object({
  id: maybe(uuid('A UUID of version 7.')),
  ...attachment,
  urls: list(Type.Object({ id: maybe(uuid()), ...attachmentUrl })),
});

/** An attachment of a transmission: its addresses get their ids from us. */
export const transmissionAttachmentInput = Type.Object({
  ...attachmentInput.properties,
  urls: list(Type.Object(attachmentUrl)),
});

export const attachmentOutput = Type.Object({
  id: uuid(),
  ...attachment,
  urls: list(Type.Object({ id: uuid(), ...attachmentUrl })),
});

const guiAction = {
  action: text(255, 1),
  url: uri(),
  authorizationAttribute: maybe(text(255, 1)),
  priority: Type.Enum(['Primary', 'Secondary', 'Tertiary']),
  title: maybe(texts),
  prompt: maybe(texts),
};

export const guiActionInput = Type.Object({
  id: maybe(uuid('A UUID of version 7.')),
  ...guiAction,
  httpMethod: maybe(Type.Enum(['GET', 'POST', 'DELETE'])),
  isDeleteDialogAction: maybe(Type.Boolean()),
});

export const guiActionOutput = Type.Object({
  id: uuid(),
  ...guiAction,
  httpMethod: Type.Enum(HTTP_METHODS),
  isDeleteDialogAction: Type.Boolean(),
  isAuthorized: maybe(Type.Boolean()),
});

const endpoint = {
  url: uri(),
  httpMethod: Type.Enum(HTTP_METHODS),
  version: maybe(text(255)),
  documentationUrl: maybe(uri()),
  requestSchema: maybe(uri()),
  responseSchema: maybe(uri()),
  sunsetAt: maybe(dateTime()),
};

const apiAction = {
  action: text(255, 1),
  authorizationAttribute: maybe(text(255, 1)),
  name: maybe(text(255)),
};

export const apiActionInput = Type.Object({
  id: maybe(uuid('A UUID of version 7.')),
  ...apiAction,
  endpoints: list(Type.Object({ id: maybe(uuid()), ...endpoint, deprecated: maybe(Type.Boolean()) })),
});

export const apiActionOutput = Type.Object({
  id: uuid(),
  ...apiAction,
  endpoints: list(Type.Object({ id: uuid(), ...endpoint, deprecated: Type.Boolean() })),
  isAuthorized: maybe(Type.Boolean()),
});

export const navigationalAction = Type.Object({
  title: maybe(texts),
  url: uri(),
  expiresAt: maybe(dateTime()),
});
