import type {
  ActivityInput,
  ApiActionInput,
  AttachmentInput,
  ContentInput,
  ContentValueInput,
  GuiActionInput,
  ReplaceInput,
  StatusInput,
  TransmissionContentInput,
  TransmissionInput,
} from './input.ts';
import type {
  Activity,
  Actor,
  ApiAction,
  Attachment,
  ContentValue,
  DialogDocument,
  DialogStatus,
  GuiAction,
  Transmission,
} from './model.ts';
import type { ActorNames } from './references.ts';
import { DEFAULT_MEDIA_TYPE, normalizeTexts } from './text-rules.ts';

/** What bodies are completed with on their way into the store. */
export interface Completion {
  readonly newId: () => string;
  readonly names: ActorNames;
  /** What things are stamped with that bring no time of their own. */
  readonly createdAt: string;
}

/** Today's name of a status. */
export function toStatus(status: StatusInput | undefined): DialogStatus {
  if (status === undefined || status === 'New') return 'NotApplicable';
  return status === 'Sent' ? 'Awaiting' : status;
}

/** The part of a body that is kept as a document. */
export function toDocument(input: Omit<ReplaceInput, 'status'>, { newId }: Completion): DialogDocument {
  return {
    ...(input.content && { content: toContent(input.content) }),
    searchTags: input.searchTags ?? [],
    attachments: (input.attachments ?? []).map((attachment) => toAttachment(attachment, newId)),
    guiActions: (input.guiActions ?? []).map((action) => toGuiAction(action, newId)),
    apiActions: (input.apiActions ?? []).map((action) => toApiAction(action, newId)),
  };
}

export function toTransmission(input: TransmissionInput, completion: Completion): Transmission {
  const { newId, names, createdAt } = completion;
  const { content, attachments, navigationalActions, ...plain } = input;
  return {
    ...plain,
    id: input.id?.toLowerCase() ?? newId(),
    ...(input.relatedTransmissionId && { relatedTransmissionId: input.relatedTransmissionId.toLowerCase() }),
    createdAt: input.createdAt ?? createdAt,
    sender: toActor(input.sender, names),
    ...(content && { content: toContent(content) }),
    attachments: (attachments ?? []).map((attachment) => toAttachment(attachment, newId)),
    navigationalActions: (navigationalActions ?? []).map((action) =>
      Object.assign({}, action, { title: normalizeTexts(action.title ?? []) }),
    ),
  };
}

export function toActivity(input: ActivityInput, { newId, names, createdAt }: Completion): Activity {
  return {
    ...input,
    id: input.id?.toLowerCase() ?? newId(),
    ...(input.transmissionId && { transmissionId: input.transmissionId.toLowerCase() }),
    createdAt: input.createdAt ?? createdAt,
    performedBy: toActor(input.performedBy, names),
    description: normalizeTexts(input.description ?? []),
  };
}

export function toActor(actor: Actor, names: ActorNames): Actor {
  const { actorType, actorId, actorName } = actor;
  if (actorId === undefined) return actor;
  const name = names.get(actorId) ?? actorName;
  return { actorType, actorId: actorId.toLowerCase(), ...(name !== undefined && { actorName: name }) };
}

type Kept<C> = { readonly [Type in keyof C]: ContentValue };

function toContent<C extends ContentInput | TransmissionContentInput>(content: C): Kept<C> {
  const values = Object.entries(content).map(([type, value]: [string, ContentValueInput]) => [
    type,
    { mediaType: value.mediaType ?? DEFAULT_MEDIA_TYPE, value: normalizeTexts(value.value) },
  ]);
  return Object.fromEntries(values) as Kept<C>;
}

function toAttachment(input: AttachmentInput, newId: () => string): Attachment {
  return {
    ...input,
    id: input.id?.toLowerCase() ?? newId(),
    displayName: normalizeTexts(input.displayName ?? []),
    urls: (input.urls ?? []).map((url) => Object.assign({}, url, { id: url.id?.toLowerCase() ?? newId() })),
  };
}

function toGuiAction(input: GuiActionInput, newId: () => string): GuiAction {
  const { prompt } = input;
  return {
    ...input,
    id: input.id?.toLowerCase() ?? newId(),
    httpMethod: input.httpMethod ?? 'GET',
    isDeleteDialogAction: input.isDeleteDialogAction ?? false,
    title: normalizeTexts(input.title ?? []),
    ...(prompt && { prompt: normalizeTexts(prompt) }),
  };
}

function toApiAction(input: ApiActionInput, newId: () => string): ApiAction {
  return {
    ...input,
    id: input.id?.toLowerCase() ?? newId(),
    endpoints: (input.endpoints ?? []).map((endpoint) =>
      Object.assign({}, endpoint, {
        id: endpoint.id?.toLowerCase() ?? newId(),
        deprecated: endpoint.deprecated ?? false,
      }),
    ),
  };
}
