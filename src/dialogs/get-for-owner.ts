import { PERSON } from '../access/party-identifiers.ts';
import type { Identity } from '../access/ports.ts';
import { Failure } from '../lib/errors.ts';
import { isPersonNumber } from '../lib/person-number.ts';
import { askAccess } from './access.ts';
import type { OwnerCaller } from './caller.ts';
import type { WholeDialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { type OwnerDialogView, ownerView } from './owner-view.ts';
import { readWhole } from './read-queries.ts';
import { markSeen, withNames } from './seen.ts';
import { refuseUnseeable } from './visibility.ts';

export interface OwnerQuery {
  readonly caller: OwnerCaller;
  readonly identity: Identity;
  readonly id: string;
  /** Person URN on whose behalf the service owner reads: then the reading is noted as seen. */
  readonly endUserId?: string | undefined;
  readonly trace: string | null;
}

/**
 * The dialog as its service owner sees it, deleted or not. Throws `not-found` for what belongs to somebody else, and on
 * behalf of a person for what that person may not see.
 */
export async function getForOwner(dialogs: DialogsOptions, query: OwnerQuery): Promise<OwnerDialogView> {
  const { dialog, now } = await findOwned(dialogs, query);
  if (query.endUserId === undefined) return ownerView(await withNames(dialogs, dialog));
  const user = query.endUserId.toLowerCase();
  const access = await askAccess(dialogs.decide, impersonate(query.identity, user), dialog);
  if (!access.mayRead) throw new Failure('not-found');
  if (dialog.deletedAt !== null) return ownerView(await withNames(dialogs, dialog), { user, access });
  refuseUnseeable(dialog, now);
  const seen = await markSeen(dialogs, { dialog, now, user, viaOwner: true, trace: query.trace });
  return ownerView(seen, { user, access });
}

/** The caller's dialog. Throws `not-found`. */
export async function findOwned(
  dialogs: DialogsOptions,
  query: Pick<OwnerQuery, 'caller' | 'id'>,
  seenLog?: 'recent' | 'all',
): Promise<{ readonly dialog: WholeDialog; readonly now: string }> {
  const found = await readWhole(dialogs.database, query.id, seenLog);
  if (!found || !isOwned(found.dialog, query.caller)) throw new Failure('not-found');
  return found;
}

export function isOwned(dialog: WholeDialog, caller: OwnerCaller): boolean {
  return dialog.owner === caller.orgNumber || caller.admin;
}

/** The person as the decision point is to judge them, at the level that the service owner was authenticated with. */
export function impersonate(identity: Identity, user: string): Identity {
  const pid = user.startsWith(`${PERSON}:`) ? user.slice(PERSON.length + 1) : '';
  if (!isPersonNumber(pid)) {
    throw new Failure('request-invalid', { fields: { endUserId: ['must be the URN of a person'] } });
  }
  return { pid, scopes: identity.scopes, level: identity.level };
}
