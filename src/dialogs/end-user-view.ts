import type { DialogAccess } from './access.ts';
import { chooseTexts } from './languages.ts';
import type {
  Activity,
  Actor,
  ApiAction,
  Attachment,
  Content,
  ContentValue,
  GuiAction,
  Transmission,
  WholeDialog,
} from './model.ts';
import { maySee, openedIn } from './owner-view.ts';
import { type Onlooker, type SeenSince, seenSince } from './seen-view.ts';
import { type CommonView, commonView, given, mapTexts } from './view.ts';

/** What stands in place of an address that the reader may not follow, or no longer can. */
const UNAUTHORIZED = 'urn:dialogporten:unauthorized';
const EXPIRED = 'urn:dialogporten:expired';

type Judged<T> = T & { readonly isAuthorized: boolean };
type JudgedContent = { readonly [Type in keyof Content]: ContentValue & { readonly isAuthorized?: boolean } };

/** A transmission as an end user sees it, on its own or in a list. */
export type EndUserTransmissionView = Judged<Omit<Transmission, 'idempotentKey'>>;

/** A dialog as an end user sees it (`V1EndUserDialogsQueriesGet_Dialog`). */
export interface EndUserDialogView extends CommonView, SeenSince {
  readonly revision: string;
  readonly expiresAt?: string;
  readonly dialogToken?: string;
  readonly content?: JudgedContent;
  readonly attachments: readonly Attachment[];
  readonly guiActions: readonly Judged<GuiAction>[];
  readonly apiActions: readonly Judged<ApiAction>[];
  readonly transmissions: readonly (EndUserTransmissionView & { readonly isOpened: boolean })[];
  readonly activities: readonly Activity[];
}

/** Who looks, and what shapes what they see. */
export interface Viewer {
  /** URN of the person or system user. */
  readonly user: string;
  readonly access: DialogAccess;
  readonly maskActor: (urn: string) => string;
  /** Languages wanted, the most wanted first; undefined for all there are. */
  readonly languages: readonly string[] | undefined;
  readonly now: string;
}

export function endUserView(dialog: WholeDialog, viewer: Viewer): EndUserDialogView {
  const { document, activities } = dialog;
  const { access } = viewer;
  const opened = openedIn(activities);
  const view = {
    ...commonView(dialog),
    revision: dialog.revision,
    ...given('expiresAt', dialog.expiresAt),
    ...(document.content && { content: contentView(document.content, access.mayRead) }),
    attachments: attachmentViews(document.attachments, access.mayRead, viewer.now),
    guiActions: (document.guiActions ?? []).map((action) => guiActionView(action, access)),
    apiActions: (document.apiActions ?? []).map((action) => apiActionView(action, access)),
    transmissions: dialog.transmissions.map((transmission) =>
      Object.assign(transmissionView(transmission, viewer), { isOpened: opened.has(transmission.id) }),
    ),
    activities: activities.map((activity) => activityView(activity, viewer)),
    ...seenSince(dialog, onlookerOf(viewer)),
  };
  return mapTexts(view, (texts) => chooseTexts(texts, viewer.languages));
}

export function onlookerOf(viewer: Pick<Viewer, 'user' | 'maskActor'>): Onlooker {
  return { user: viewer.user, showActor: (actor) => showActor(actor, viewer.maskActor) };
}

/** Persons stand under a masked id. */
function showActor(actor: Actor, maskActor: Viewer['maskActor']): Actor {
  const { actorId } = actor;
  return actorId === undefined ? actor : { ...actor, actorId: maskActor(actorId) };
}

export function activityView(activity: Activity, { maskActor }: Pick<Viewer, 'maskActor'>): Activity {
  return { ...activity, performedBy: showActor(activity.performedBy, maskActor) };
}

export function transmissionView(transmission: Transmission, viewer: Viewer): EndUserTransmissionView {
  const { idempotentKey: _, ...shown } = transmission;
  const isAuthorized = maySee(transmission, viewer.access);
  const { content, attachments, navigationalActions = [] } = transmission;
  return {
    ...shown,
    isAuthorized,
    sender: showActor(transmission.sender, viewer.maskActor),
    ...(content && {
      content: { ...content, ...referenceView('contentReference', content.contentReference, isAuthorized) },
    }),
    attachments: attachmentViews(attachments, isAuthorized, viewer.now),
    navigationalActions: navigationalActions.map((action) =>
      Object.assign({}, action, { url: hidden(action, isAuthorized, viewer.now) ?? action.url }),
    ),
  };
}

/** The non-sensitive texts are for lists only, where the reader's authentication level is too low for the others. */
function contentView(content: Content, isAuthorized: boolean): JudgedContent {
  const { nonSensitiveTitle: _, nonSensitiveSummary: __, mainContentReference, ...shown } = content;
  return { ...shown, ...referenceView('mainContentReference', mainContentReference, isAuthorized) };
}

function referenceView<Name extends string>(
  name: Name,
  reference: ContentValue | undefined,
  isAuthorized: boolean,
): { readonly [K in Name]?: Judged<ContentValue> } {
  if (!reference) return {};
  const value = isAuthorized ? reference.value : reference.value.map(withoutAddress);
  const view = { [name]: { ...reference, value, isAuthorized } };
  return view as { readonly [K in Name]: Judged<ContentValue> };
}

function withoutAddress({ languageCode }: { readonly languageCode: string }) {
  return { languageCode, value: UNAUTHORIZED };
}

function attachmentViews(
  attachments: readonly Attachment[] | undefined,
  isAuthorized: boolean,
  now: string,
): Attachment[] {
  return (attachments ?? []).map((attachment) => {
    const instead = hidden(attachment, isAuthorized, now);
    const urls = (attachment.urls ?? []).map((each) =>
      instead === undefined ? each : Object.assign({}, each, { url: instead }),
    );
    return Object.assign({}, attachment, { urls });
  });
}

/** What is shown in place of an address; undefined when it is shown itself. */
function hidden(
  { expiresAt }: { readonly expiresAt?: string },
  isAuthorized: boolean,
  now: string,
): string | undefined {
  if (!isAuthorized) return UNAUTHORIZED;
  return expiresAt !== undefined && expiresAt <= now ? EXPIRED : undefined;
}

function guiActionView(action: GuiAction, access: DialogAccess): Judged<GuiAction> {
  const isAuthorized = access.permits(action.action, action.authorizationAttribute);
  return { ...action, isAuthorized, url: isAuthorized ? action.url : UNAUTHORIZED };
}

function apiActionView(action: ApiAction, access: DialogAccess): Judged<ApiAction> {
  const isAuthorized = access.permits(action.action, action.authorizationAttribute);
  const endpoints = (action.endpoints ?? []).map((endpoint) =>
    isAuthorized ? endpoint : Object.assign({}, endpoint, { url: UNAUTHORIZED }),
  );
  return { ...action, endpoints, isAuthorized };
}
