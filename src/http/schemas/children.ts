import { Type } from 'typebox';
import { ACTIVITY_TYPES, type ActivityType } from '../../dialogs/model.ts';
import { actor, judgedContentValue, texts, transmissionContent } from './content.ts';
import { attachmentOutput, navigationalAction, transmissionAttachmentInput } from './parts.ts';
import { dateTime, list, maybe, text, uri, uuid } from './primitives.ts';

/** What a dialog grows: transmissions, activities and the seen log. */

const TRANSMISSION_TYPES = [
  'Information',
  'Acceptance',
  'Rejection',
  'Request',
  'Alert',
  'Decision',
  'Submission',
  'Correction',
] as const;

export const activityType = Type.Enum(Object.keys(ACTIVITY_TYPES) as ActivityType[]);

const transmission = {
  type: Type.Enum(TRANSMISSION_TYPES),
  authorizationAttribute: maybe(text(255, 1)),
  extendedType: maybe(uri()),
  externalReference: maybe(text(255)),
  relatedTransmissionId: maybe(uuid()),
  sender: actor,
  navigationalActions: list(navigationalAction),
};

export const transmissionInput = Type.Object({
  id: maybe(uuid('A UUID of version 7.')),
  idempotentKey: maybe(text(36, 3)),
  createdAt: maybe(dateTime()),
  ...transmission,
  content: maybe(transmissionContent),
  attachments: list(transmissionAttachmentInput),
});

const { id: _id, ...replaceableTransmission } = transmissionInput.properties;

/** The body of a PUT: the id stands in the path. */
export const transmissionReplacement = Type.Object({
  ...replaceableTransmission,
  isSilentUpdate: maybe(Type.Boolean({ description: 'As the query parameter of this name.' })),
});

const transmissionRead = {
  id: uuid(),
  createdAt: dateTime(),
  ...transmission,
  content: maybe(
    Type.Object({ ...transmissionContent.properties, contentReference: maybe(judgedContentValue) }),
  ),
  attachments: list(attachmentOutput),
};

export const ownerTransmission = Type.Object({ ...transmissionRead, idempotentKey: maybe(Type.String()) });

const judgedTransmission = { ...transmissionRead, isAuthorized: Type.Boolean() };

/** On its own or in a list. `deletedAt` is published and never set: what was sent stays sent. */
export const endUserTransmission = Type.Object({ ...judgedTransmission, deletedAt: maybe(dateTime()) });

export const ownerDialogTransmission = Type.Object({
  ...ownerTransmission.properties,
  isOpened: Type.Boolean(),
  isAuthorized: maybe(Type.Boolean()),
});

export const endUserDialogTransmission = Type.Object({
  ...judgedTransmission,
  isOpened: Type.Boolean(),
});

const activity = {
  type: activityType,
  extendedType: maybe(uri()),
  transmissionId: maybe(uuid()),
};

export const activityInput = Type.Object({
  id: maybe(uuid('A UUID of version 7.')),
  createdAt: maybe(dateTime()),
  ...activity,
  performedBy: actor,
  description: maybe(texts),
});

export const activityOutput = Type.Object({
  id: uuid(),
  createdAt: dateTime(),
  ...activity,
  performedBy: actor,
  description: maybe(texts),
});

/** An activity in a list of its own. */
export const ownerActivityItem = Type.Object({ id: uuid(), createdAt: dateTime(), ...activity });

export const endUserActivityItem = Type.Object({
  ...ownerActivityItem.properties,
  description: maybe(texts),
});

export const ownerSeenEntry = Type.Object({
  id: uuid(),
  seenAt: dateTime(),
  seenBy: actor,
  isViaServiceOwner: Type.Boolean(),
});

export const seenEntry = Type.Object({ ...ownerSeenEntry.properties, isCurrentEndUser: Type.Boolean() });
