import type { DialogAccess } from './access.ts';
import { transmissionAction } from './access.ts';
import type {
  Activity,
  Actor,
  ApiAction,
  Attachment,
  Content,
  Dialog,
  GuiAction,
  Transmission,
  WholeDialog,
} from './model.ts';
import { type SeenSince, seenSince } from './seen-view.ts';
import { type CommonView, commonView, given } from './view.ts';

type Judged<T> = T & { readonly isAuthorized?: boolean };

/** A dialog as its service owner sees it (`V1ServiceOwnerDialogsQueriesGet_Dialog`). */
export interface OwnerDialogView extends CommonView, SeenSince {
  readonly revision: string;
  readonly idempotentKey?: string;
  readonly deletedAt?: string;
  readonly visibleFrom?: string;
  readonly expiresAt?: string;
  readonly content?: Content;
  readonly searchTags: readonly { readonly value: string }[];
  readonly serviceOwnerContext: OwnerContextView;
  readonly attachments: readonly Attachment[];
  readonly guiActions: readonly Judged<GuiAction>[];
  readonly apiActions: readonly Judged<ApiAction>[];
  readonly transmissions: readonly Judged<Transmission & { readonly isOpened: boolean }>[];
  readonly activities: readonly Activity[];
}

export interface OwnerContextView {
  readonly revision: string;
  readonly serviceOwnerLabels: readonly { readonly value: string }[];
}

/** On whose behalf the service owner reads. */
export interface Impersonation {
  readonly user: string;
  readonly access: DialogAccess;
}

export function ownerView(dialog: WholeDialog, impersonation?: Impersonation): OwnerDialogView {
  const { document, transmissions, activities } = dialog;
  const access = impersonation?.access;
  const opened = openedIn(activities);
  return {
    ...commonView(dialog),
    revision: dialog.revision,
    ...given('idempotentKey', dialog.idempotentKey),
    ...given('deletedAt', dialog.deletedAt),
    ...given('visibleFrom', dialog.visibleFrom),
    ...given('expiresAt', dialog.expiresAt),
    ...(document.content && { content: document.content }),
    searchTags: document.searchTags ?? [],
    serviceOwnerContext: ownerContextView(dialog),
    attachments: document.attachments ?? [],
    guiActions: (document.guiActions ?? []).map((action) => judged(action, access)),
    apiActions: (document.apiActions ?? []).map((action) => judged(action, access)),
    transmissions: transmissions.map((transmission) => ({
      ...transmission,
      isOpened: opened.has(transmission.id),
      ...(access && { isAuthorized: maySee(transmission, access) }),
    })),
    activities,
    ...seenSince(dialog, { showActor: asItIs, user: impersonation?.user }),
  };
}

/** A service owner sees person numbers as they are. */
export function asItIs(actor: Actor): Actor {
  return actor;
}

export function ownerContextView(dialog: Dialog): OwnerContextView {
  return {
    revision: dialog.ownerContextRevision,
    serviceOwnerLabels: dialog.ownerLabels.map((value) => ({ value })),
  };
}

function judged<A extends GuiAction | ApiAction>(action: A, access: DialogAccess | undefined): Judged<A> {
  if (!access) return action;
  return { ...action, isAuthorized: access.permits(action.action, action.authorizationAttribute) };
}

/** Whether the reader may see what a transmission holds. */
export function maySee({ authorizationAttribute }: Transmission, access: DialogAccess): boolean {
  return access.permits(transmissionAction(authorizationAttribute), authorizationAttribute);
}

/** Ids of the transmissions that are reported as opened. */
export function openedIn(activities: readonly Activity[]): ReadonlySet<string | undefined> {
  const opening = activities.filter(({ type }) => type === 'TransmissionOpened');
  return new Set(opening.map(({ transmissionId }) => transmissionId));
}
