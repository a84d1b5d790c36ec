import { Type } from 'typebox';
import {
  activityInput,
  activityOutput,
  endUserDialogTransmission,
  ownerDialogTransmission,
  seenEntry,
  transmissionInput,
} from './children.ts';
import { dialogContent, judgedContentValue, tags } from './content.ts';
import {
  apiActionInput,
  apiActionOutput,
  attachmentInput,
  attachmentOutput,
  guiActionInput,
  guiActionOutput,
} from './parts.ts';
import { dateTime, list, maybe, text, uri, uuid } from './primitives.ts';

const STATUSES = [
  'InProgress',
  'Draft',
  'RequiresAttention',
  'Completed',
  'NotApplicable',
  'Awaiting',
] as const;

export const dialogStatus = Type.Enum(STATUSES);
const statusInput = Type.Enum(['New', 'Sent', ...STATUSES]);
export const systemLabel = Type.Enum(['Default', 'Bin', 'Archive', 'MarkedAsUnopened', 'Sent']);

const process = { process: maybe(uri()), precedingProcess: maybe(uri()) };
const references = { extendedStatus: maybe(text(255)), externalReference: maybe(text(255)) };
const progress = { progress: maybe(Type.Integer({ minimum: 0, maximum: 100 })) };

const replaceable = {
  ...progress,
  ...references,
  ...process,
  dueAt: maybe(dateTime()),
  expiresAt: maybe(dateTime()),
  isApiOnly: maybe(Type.Boolean()),
  content: maybe(dialogContent),
  searchTags: tags,
  attachments: list(attachmentInput),
  guiActions: list(guiActionInput),
  apiActions: list(apiActionInput),
  transmissions: list(transmissionInput),
  activities: list(activityInput),
};

export const replaceDialogBody = Type.Object({ status: maybe(statusInput), ...replaceable });

export const createDialogBody = Type.Object({
  id: maybe(uuid('A UUID of version 7, its time at most 15 seconds ahead.')),
  idempotentKey: maybe(text(36, 3)),
  serviceResource: text(255, 1),
  party: text(255, 1),
  status: maybe(statusInput),
  systemLabel: maybe(systemLabel),
  createdAt: maybe(dateTime()),
  updatedAt: maybe(dateTime()),
  visibleFrom: maybe(dateTime()),
  ...replaceable,
  serviceOwnerContext: maybe(
    Type.Object({ serviceOwnerLabels: list(Type.Object({ value: Type.String() })) }),
  ),
});

export const patchBody = Type.Array(
  Type.Object({
    op: Type.Enum(['add', 'remove', 'replace', 'move', 'copy', 'test']),
    path: Type.String(),
    from: maybe(Type.String()),
    value: maybe(Type.Unknown()),
  }),
  { maxItems: 1000 },
);

/** What lists and single dialogs have in common. */
const common = {
  id: uuid(),
  org: Type.String(),
  serviceResource: Type.String(),
  serviceResourceType: Type.String(),
  party: Type.String(),
  status: dialogStatus,
  ...progress,
  ...process,
  ...references,
  dueAt: maybe(dateTime()),
  createdAt: dateTime(),
  updatedAt: dateTime(),
  contentUpdatedAt: dateTime(),
  isApiOnly: Type.Boolean(),
  isContentSeen: Type.Boolean(),
  hasUnopenedContent: Type.Boolean(),
  fromServiceOwnerTransmissionsCount: Type.Integer(),
  fromPartyTransmissionsCount: Type.Integer(),
  systemLabel,
  endUserContext: Type.Object({ revision: uuid(), systemLabels: Type.Array(systemLabel) }),
  seenSinceLastUpdate: Type.Array(seenEntry),
  seenSinceLastContentUpdate: Type.Array(seenEntry),
};

/** What only a service owner sees. */
const ownerOnly = {
  revision: uuid(),
  deletedAt: maybe(dateTime()),
  visibleFrom: maybe(dateTime()),
  serviceOwnerContext: Type.Object({
    revision: uuid(),
    serviceOwnerLabels: Type.Array(Type.Object({ value: Type.String() })),
  }),
};

const inFull = {
  expiresAt: maybe(dateTime()),
  attachments: Type.Array(attachmentOutput),
  guiActions: Type.Array(guiActionOutput),
  apiActions: Type.Array(apiActionOutput),
  activities: Type.Array(activityOutput),
};

export const ownerDialog = Type.Object({
  ...common,
  ...ownerOnly,
  ...inFull,
  idempotentKey: maybe(Type.String()),
  searchTags: tags,
  content: maybe(dialogContent),
  transmissions: Type.Array(ownerDialogTransmission),
});

const {
  nonSensitiveTitle: _title,
  nonSensitiveSummary: _summary,
  ...endUserContent
} = dialogContent.properties;

export const endUserDialog = Type.Object({
  ...common,
  ...inFull,
  revision: uuid(),
  dialogToken: maybe(Type.String()),
  content: maybe(Type.Object({ ...endUserContent, mainContentReference: maybe(judgedContentValue) })),
  transmissions: Type.Array(endUserDialogTransmission),
});

const inList = { guiAttachmentCount: maybe(Type.Integer()), latestActivity: maybe(activityOutput) };
const { title, summary, senderName, extendedStatus } = endUserContent;
const summaryContent = { title, summary, senderName, extendedStatus };
const { nonSensitiveTitle, nonSensitiveSummary } = dialogContent.properties;

export const ownerDialogItem = Type.Object({
  ...common,
  ...ownerOnly,
  ...inList,
  content: maybe(Type.Object({ ...summaryContent, nonSensitiveTitle, nonSensitiveSummary })),
});

export const endUserDialogItem = Type.Object({
  ...common,
  ...inList,
  content: maybe(Type.Object(summaryContent)),
});
