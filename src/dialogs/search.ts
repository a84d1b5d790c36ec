import type { Identity } from '../access/ports.ts';
import { Failure } from '../lib/errors.ts';
import { type OwnerCaller, userUrn } from './caller.ts';
import { impersonate } from './get-for-owner.ts';
import { type EndUserListItem, endUserListItem, type OwnerListItem, ownerListItem } from './list-view.ts';
import type { DialogsOptions } from './options.ts';
import { normalizeFilter, refuseFilter, type SearchFilter } from './search-filter.ts';
import { END_USER_LIMITS, OWNER_LIMITS } from './search-limits.ts';
import { type Page, Pages, type Paging } from './search-pages.ts';
import { Reader } from './search-reader.ts';
import { parseText, type TextParameters } from './search-text.ts';

export interface OwnerSearch extends Paging, TextParameters {
  readonly caller: OwnerCaller;
  readonly identity: Identity;
  readonly filter: SearchFilter;
  readonly deleted?: 'Exclude' | 'Include' | 'Only' | undefined;
  /** Person URN: only what this person may see. */
  readonly endUserId?: string | undefined;
}

/** A service owner's own dialogs. Throws `request-invalid`, and `rule-broken` when the search takes too long. */
export async function searchForOwner(
  dialogs: DialogsOptions,
  query: OwnerSearch,
): Promise<Page<OwnerListItem>> {
  const { caller, endUserId } = query;
  const user = endUserId?.toLowerCase();
  refuseFilter(query.filter, { limits: OWNER_LIMITS, narrow: user !== undefined });
  if (query.search !== undefined && user === undefined) {
    throw new Failure('request-invalid', { fields: { search: ['must not be given without endUserId'] } });
  }
  const reader = user === undefined ? undefined : new Reader(dialogs, impersonate(query.identity, user));
  const page = await new Pages(dialogs, reader).read(query, {
    filter: await filterFor(reader, query.filter),
    owner: caller.orgNumber,
    deleted: query.deleted ?? 'Exclude',
    visible: user !== undefined,
    text: parseText(query),
  });
  return { ...page, items: page.items.map(({ dialog }) => ownerListItem(dialog, user)) };
}

export interface EndUserSearch extends Paging, TextParameters {
  readonly identity: Identity;
  readonly filter: SearchFilter;
  readonly languages: readonly string[] | undefined;
}

/** What an end user may see of the parties and resources asked for; nothing is noted as seen. Throws as above. */
export async function searchForEndUser(
  dialogs: DialogsOptions,
  query: EndUserSearch,
): Promise<Page<EndUserListItem>> {
  const user = userUrn(query.identity);
  refuseFilter(query.filter, { limits: END_USER_LIMITS, narrow: true });
  const reader = new Reader(dialogs, query.identity);
  const page = await new Pages(dialogs, reader).read(query, {
    filter: await filterFor(reader, query.filter),
    deleted: 'Exclude',
    visible: true,
    text: parseText(query),
  });
  const { maskActor } = dialogs;
  const { languages } = query;
  const items = page.items.map(({ dialog, levelTooLow }) =>
    endUserListItem(dialog, { user, maskActor, languages, levelTooLow }),
  );
  return { ...page, items };
}

/** Who names no party means all whom they may act for: of a resource, the dialogs of others are not gone through. */
async function filterFor(reader: Reader | undefined, filter: SearchFilter): Promise<SearchFilter> {
  const normal = normalizeFilter(filter);
  if (!reader || normal.party) return normal;
  return { ...normal, party: await reader.parties() };
}
