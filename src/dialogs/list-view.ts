import { activityView, onlookerOf, type Viewer } from './end-user-view.ts';
import { chooseTexts } from './languages.ts';
import type { Activity, Content } from './model.ts';
import { asItIs, type OwnerContextView, ownerContextView } from './owner-view.ts';
import type { ListedDialog } from './search-queries.ts';
import { type Onlooker, type SeenSince, seenSince } from './seen-view.ts';
import { type CommonView, commonView, given, guiAttachmentCount, mapTexts } from './view.ts';

interface ListItemView extends CommonView, SeenSince {
  readonly content?: Content;
  readonly guiAttachmentCount: number;
  readonly latestActivity?: Activity;
}

/** `V1ServiceOwnerDialogsQueriesSearch_Dialog` */
export interface OwnerListItem extends ListItemView {
  readonly revision: string;
  readonly deletedAt?: string;
  readonly visibleFrom?: string;
  readonly serviceOwnerContext: OwnerContextView;
}

/** `V1EndUserDialogsQueriesSearch_Dialog` */
export type EndUserListItem = ListItemView;

const SHOWN = ['title', 'summary', 'senderName', 'extendedStatus'] as const;

export function ownerListItem(dialog: ListedDialog, user?: string): OwnerListItem {
  return {
    ...listItem(dialog, { showActor: asItIs, user }),
    ...withContent(only(dialog.document.content, [...SHOWN, 'nonSensitiveTitle', 'nonSensitiveSummary'])),
    revision: dialog.revision,
    ...given('deletedAt', dialog.deletedAt),
    ...given('visibleFrom', dialog.visibleFrom),
    serviceOwnerContext: ownerContextView(dialog),
    ...given('latestActivity', dialog.latestActivity),
  };
}

export interface ListViewer extends Pick<Viewer, 'user' | 'maskActor' | 'languages'> {
  /** The reader may know of the dialog, but not at this authentication level. */
  readonly levelTooLow: boolean;
}

export function endUserListItem(dialog: ListedDialog, viewer: ListViewer): EndUserListItem {
  const { content } = dialog.document;
  const { latestActivity } = dialog;
  const view = {
    ...listItem(dialog, onlookerOf(viewer)),
    ...withContent(only(viewer.levelTooLow ? nonSensitive(content) : content, SHOWN)),
    ...(latestActivity && { latestActivity: activityView(latestActivity, viewer) }),
  };
  return mapTexts(view, (texts) => chooseTexts(texts, viewer.languages));
}

function listItem(dialog: ListedDialog, onlooker: Onlooker) {
  return {
    ...commonView(dialog),
    guiAttachmentCount: guiAttachmentCount(dialog.document),
    ...seenSince(dialog, onlooker),
  };
}

function withContent(content: Content | undefined): { readonly content?: Content } {
  return content === undefined ? {} : { content };
}

function only(content: Content | undefined, types: readonly (keyof Content)[]): Content | undefined {
  if (!content) return undefined;
  const shown = types.filter((type) => content[type] !== undefined);
  return Object.fromEntries(shown.map((type) => [type, content[type]]));
}

/** The texts that may be shown at any level, where the service owner has given some. */
function nonSensitive(content: Content | undefined): Content | undefined {
  if (!content) return undefined;
  const { nonSensitiveTitle, nonSensitiveSummary } = content;
  return {
    ...content,
    ...(nonSensitiveTitle && { title: nonSensitiveTitle }),
    ...(nonSensitiveSummary && { summary: nonSensitiveSummary }),
  };
}
