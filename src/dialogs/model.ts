/**
 * The dialog as it is kept (Dialogporten's contract, published OpenAPI). Times are wire times in UTC, ids are UUIDs of
 * version 7, lists of texts are ordered by language so that the indexes of a JSON Patch are stable.
 */

export interface Localization {
  readonly languageCode: string;
  readonly value: string;
}

export interface ContentValue {
  readonly mediaType: string;
  readonly value: readonly Localization[];
}

export interface Content {
  readonly title?: ContentValue;
  readonly senderName?: ContentValue;
  readonly summary?: ContentValue;
  readonly additionalInfo?: ContentValue;
  readonly extendedStatus?: ContentValue;
  readonly mainContentReference?: ContentValue;
  readonly nonSensitiveTitle?: ContentValue;
  readonly nonSensitiveSummary?: ContentValue;
}

export interface TransmissionContent {
  readonly title?: ContentValue;
  readonly summary?: ContentValue;
  readonly contentReference?: ContentValue;
}

export interface Actor {
  readonly actorType: 'ServiceOwner' | 'PartyRepresentative';
  /** Party URN; the service owner has neither id nor name. */
  readonly actorId?: string;
  readonly actorName?: string;
}

export type HttpMethod =
  | 'GET'
  | 'POST'
  | 'PUT'
  | 'PATCH'
  | 'DELETE'
  | 'HEAD'
  | 'OPTIONS'
  | 'TRACE'
  | 'CONNECT';

export interface AttachmentUrl {
  readonly id: string;
  readonly url: string;
  readonly mediaType?: string;
  readonly consumerType: 'Gui' | 'Api';
}

export interface Attachment {
  readonly id: string;
  readonly displayName?: readonly Localization[];
  readonly name?: string;
  readonly expiresAt?: string;
  readonly urls?: readonly AttachmentUrl[];
}

export interface GuiAction {
  readonly id: string;
  readonly action: string;
  readonly url: string;
  readonly authorizationAttribute?: string;
  readonly httpMethod: HttpMethod;
  readonly priority: 'Primary' | 'Secondary' | 'Tertiary';
  readonly title?: readonly Localization[];
  readonly prompt?: readonly Localization[];
  readonly isDeleteDialogAction: boolean;
}

export interface ApiActionEndpoint {
  readonly id: string;
  readonly url: string;
  readonly httpMethod: HttpMethod;
  readonly version?: string;
  readonly documentationUrl?: string;
  readonly requestSchema?: string;
  readonly responseSchema?: string;
  readonly deprecated: boolean;
  readonly sunsetAt?: string;
}

export interface ApiAction {
  readonly id: string;
  readonly action: string;
  readonly authorizationAttribute?: string;
  readonly name?: string;
  readonly endpoints?: readonly ApiActionEndpoint[];
}

export interface NavigationalAction {
  readonly title?: readonly Localization[];
  readonly url: string;
  readonly expiresAt?: string;
}

/** What is replaced as a whole by every update, and kept in one column. */
export interface DialogDocument {
  readonly content?: Content;
  readonly searchTags?: readonly { readonly value: string }[];
  readonly attachments?: readonly Attachment[];
  readonly guiActions?: readonly GuiAction[];
  readonly apiActions?: readonly ApiAction[];
}

export type TransmissionType =
  | 'Information'
  | 'Acceptance'
  | 'Rejection'
  | 'Request'
  | 'Alert'
  | 'Decision'
  | 'Submission'
  | 'Correction';

/** Never changes once it is there. */
export interface Transmission {
  readonly id: string;
  readonly idempotentKey?: string;
  readonly createdAt: string;
  readonly type: TransmissionType;
  readonly sender: Actor;
  readonly relatedTransmissionId?: string;
  readonly authorizationAttribute?: string;
  readonly extendedType?: string;
  readonly externalReference?: string;
  readonly content?: TransmissionContent;
  readonly attachments?: readonly Attachment[];
  readonly navigationalActions?: readonly NavigationalAction[];
}

/** Never changes once it is there. */
export interface Activity {
  readonly id: string;
  readonly createdAt: string;
  readonly type: ActivityType;
  readonly extendedType?: string;
  readonly transmissionId?: string;
  readonly performedBy: Actor;
  readonly description?: readonly Localization[];
}

/** Each activity type and the part of its event's type (`dialogporten.dialog.activity.….v1`) that names it. */
export const ACTIVITY_TYPES = {
  DialogCreated: 'created',
  DialogClosed: 'closed',
  Information: 'information',
  TransmissionOpened: 'transmission-opened',
  PaymentMade: 'payment-made',
  SignatureProvided: 'signature-provided',
  DialogOpened: 'dialog-opened',
  DialogDeleted: 'dialog-deleted',
  DialogRestored: 'dialog-restored',
  SentToSigning: 'sent-to-signing',
  SentToFormFill: 'sent-to-form-fill',
  SentToSendIn: 'sent-to-send-in',
  SentToPayment: 'sent-to-payment',
  FormSubmitted: 'form-submitted',
  FormSaved: 'form-saved',
  CorrespondenceOpened: 'correspondence-opened',
  CorrespondenceConfirmed: 'correspondence-confirmed',
} as const;

export type ActivityType = keyof typeof ACTIVITY_TYPES;

export type DialogStatus =
  | 'NotApplicable'
  | 'InProgress'
  | 'Draft'
  | 'Awaiting'
  | 'RequiresAttention'
  | 'Completed';

export type SystemLabel = 'Default' | 'Bin' | 'Archive' | 'MarkedAsUnopened' | 'Sent';

/** One entry of the seen log: this user has fetched the dialog as it was after its last change. */
export interface SeenEntry {
  readonly id: string;
  readonly seenAt: string;
  /** URN of the user. */
  readonly seenBy: string;
  readonly seenByName?: string;
  readonly viaOwner: boolean;
}

/** The dialog's own row: everything but what grows. */
export interface Dialog {
  readonly id: string;
  /** The ETag: new on every change, but not on seen or labels. */
  readonly revision: string;
  readonly org: string;
  /** Organisation number of the service owner. */
  readonly owner: string;
  readonly serviceResource: string;
  readonly serviceResourceType: string;
  readonly party: string;
  readonly status: DialogStatus;
  readonly extendedStatus: string | null;
  readonly externalReference: string | null;
  readonly progress: number | null;
  readonly process: string | null;
  readonly precedingProcess: string | null;
  readonly idempotentKey: string | null;
  readonly isApiOnly: boolean;
  readonly document: DialogDocument;
  /** Counts every row of the log about this dialog. */
  readonly change: number;
  /** Counts the published events of this dialog. */
  readonly dialogSequence: number;
  /** `visibleFrom` lies ahead and the release has not happened. */
  readonly held: boolean;
  readonly visibleFrom: string | null;
  readonly dueAt: string | null;
  readonly expiresAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly contentUpdatedAt: string;
  readonly deletedAt: string | null;
  readonly frozen: boolean;
  /** Somebody has fetched it since its content last changed. */
  readonly contentSeen: boolean;
  readonly hasUnopenedContent: boolean;
  readonly fromOwnerTransmissions: number;
  readonly fromPartyTransmissions: number;
  readonly systemLabels: readonly SystemLabel[];
  readonly endUserContextRevision: string;
  readonly ownerLabels: readonly string[];
  readonly ownerContextRevision: string;
}

/** A dialog with everything that belongs to it. */
export interface WholeDialog extends Dialog {
  readonly transmissions: readonly Transmission[];
  readonly activities: readonly Activity[];
  /** The entries since the last change, or all of them where all were asked for. */
  readonly seenLog: readonly SeenEntry[];
}
