import type { Identity } from '../access/ports.ts';
import { Failure } from '../lib/errors.ts';
import { askAccess, type DialogAccess } from './access.ts';
import { userUrn } from './caller.ts';
import { type EndUserDialogView, endUserView, type Viewer } from './end-user-view.ts';
import type { WholeDialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { readWhole } from './read-queries.ts';
import { markSeen } from './seen.ts';
import { refuseUnseeable } from './visibility.ts';

export interface EndUserQuery {
  readonly identity: Identity;
  readonly id: string;
  readonly languages: readonly string[] | undefined;
  readonly trace: string | null;
}

/**
 * The dialog as an end user sees it, with a fresh dialog token; noted as seen. Throws, in this order: `not-found`,
 * `not-authorised`, `deleted`, `level-too-low`, `not-visible-yet`, `expired`.
 */
export async function getForEndUser(
  dialogs: DialogsOptions,
  query: EndUserQuery,
): Promise<EndUserDialogView> {
  const { identity, languages, trace } = query;
  const user = userUrn(identity);
  const found = await readWhole(dialogs.database, query.id);
  if (!found) throw new Failure('not-found');
  const { dialog, now } = found;
  const access = await askAccess(dialogs.decide, identity, dialog);
  if (!access.mayOpen) throw new Failure('not-authorised');
  refuseClosed(dialog, access, now);
  // Whatever may fail comes before the note: a reading that was not answered has not happened.
  const dialogToken = await dialogs.issueDialogToken({
    identity,
    dialogId: dialog.id,
    party: dialog.party,
    serviceResource: dialog.serviceResource,
    actions: access.permitted,
  });
  const seen = await markSeen(dialogs, { dialog, now, user, viaOwner: false, trace });
  const viewer: Viewer = { user, access, maskActor: dialogs.maskActor, languages, now };
  return { ...endUserView(seen, viewer), dialogToken };
}

/** A dialog that a part of is asked for; what the caller may not read is not there. */
export async function findForEndUser(
  dialogs: DialogsOptions,
  query: EndUserQuery,
): Promise<{ readonly dialog: WholeDialog; readonly viewer: Viewer }> {
  const user = userUrn(query.identity);
  const found = await readWhole(dialogs.database, query.id, 'all');
  if (!found) throw new Failure('not-found');
  const { dialog, now } = found;
  const access = await askAccess(dialogs.decide, query.identity, dialog);
  if (!access.mayRead && !access.levelTooLow) throw new Failure('not-found');
  refuseClosed(dialog, access, now);
  const viewer: Viewer = {
    user,
    access,
    maskActor: dialogs.maskActor,
    languages: query.languages,
    now,
  };
  return { dialog, viewer };
}

function refuseClosed(dialog: WholeDialog, access: DialogAccess, now: string): void {
  if (dialog.deletedAt !== null) throw new Failure('deleted');
  if (access.levelTooLow) throw new Failure('level-too-low');
  refuseUnseeable(dialog, now);
}
