import type {
  Activity,
  ApiAction,
  ApiActionEndpoint,
  Attachment,
  AttachmentUrl,
  Content,
  ContentValue,
  GuiAction,
  HttpMethod,
  SystemLabel,
  Transmission,
  TransmissionContent,
} from './model.ts';

/** A client may leave out the id; then it gets one. */
type OptionalId<T> = Omit<T, 'id'> & { readonly id?: string };

/** Plain text unless it says otherwise. */
export type ContentValueInput = Omit<ContentValue, 'mediaType'> & { readonly mediaType?: string };

export type ContentInput = { readonly [Type in keyof Content]: ContentValueInput };
export type TransmissionContentInput = { readonly [Type in keyof TransmissionContent]: ContentValueInput };

export type AttachmentInput = Omit<OptionalId<Attachment>, 'urls'> & {
  readonly urls?: readonly OptionalId<AttachmentUrl>[];
};

export type GuiActionInput = Omit<OptionalId<GuiAction>, 'httpMethod' | 'isDeleteDialogAction'> & {
  readonly httpMethod?: HttpMethod;
  readonly isDeleteDialogAction?: boolean;
};

type EndpointInput = Omit<OptionalId<ApiActionEndpoint>, 'deprecated'> & { readonly deprecated?: boolean };

export type ApiActionInput = Omit<OptionalId<ApiAction>, 'endpoints'> & {
  readonly endpoints?: readonly EndpointInput[];
};

export type ActivityInput = Omit<OptionalId<Activity>, 'createdAt'> & { readonly createdAt?: string };

export type TransmissionInput = Omit<OptionalId<Transmission>, 'createdAt' | 'attachments' | 'content'> & {
  readonly createdAt?: string;
  readonly content?: TransmissionContentInput;
  readonly attachments?: readonly AttachmentInput[];
};

/** `New` and `Sent` are older names of NotApplicable and Awaiting. */
export type StatusInput =
  | 'New'
  | 'Sent'
  | 'NotApplicable'
  | 'InProgress'
  | 'Draft'
  | 'Awaiting'
  | 'RequiresAttention'
  | 'Completed';

interface Replaceable {
  readonly progress?: number;
  readonly extendedStatus?: string;
  readonly externalReference?: string;
  readonly dueAt?: string;
  readonly expiresAt?: string;
  readonly process?: string;
  readonly precedingProcess?: string;
  readonly isApiOnly?: boolean;
  readonly content?: ContentInput;
  readonly searchTags?: readonly { readonly value: string }[];
  readonly attachments?: readonly AttachmentInput[];
  readonly guiActions?: readonly GuiActionInput[];
  readonly apiActions?: readonly ApiActionInput[];
  /** Appended; those that exist are not repeated. */
  readonly transmissions?: readonly TransmissionInput[];
  readonly activities?: readonly ActivityInput[];
}

/** The body of a PUT, and what a JSON Patch is applied to. What it leaves out goes. */
export interface ReplaceInput extends Replaceable {
  /** NotApplicable when it is left out, as in a create. */
  readonly status?: StatusInput;
}

/** The body of a create. */
export interface CreateInput extends Replaceable {
  readonly id?: string;
  readonly idempotentKey?: string;
  readonly serviceResource: string;
  readonly party: string;
  readonly status?: StatusInput;
  readonly systemLabel?: SystemLabel;
  readonly createdAt?: string;
  readonly updatedAt?: string;
  readonly visibleFrom?: string;
  readonly serviceOwnerContext?: { readonly serviceOwnerLabels?: readonly { readonly value: string }[] };
}
