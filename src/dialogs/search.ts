import type { AccessDecision, Identity } from '../access/ports.ts';
import { isDatabaseError } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import { decideAll } from './access.ts';
import { type OwnerCaller, userUrn } from './caller.ts';
import { impersonate } from './get-for-owner.ts';
import { type EndUserListItem, endUserListItem, type OwnerListItem, ownerListItem } from './list-view.ts';
import type { Dialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { normalizeFilter, refuseFilter, type SearchFilter } from './search-filter.ts';
import { END_USER_LIMITS, OWNER_LIMITS } from './search-limits.ts';
import { formatOrder, formatToken, type Order, parseOrder, parseToken, placeOf } from './search-order.ts';
import { type ListedDialog, type Search, searchDialogs } from './search-queries.ts';

export interface Paging {
  readonly orderBy?: string | undefined;
  readonly continuationToken?: string | undefined;
  /** 1–1000. */
  readonly limit?: number | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly hasNextPage: boolean;
  readonly continuationToken?: string;
  readonly orderBy: string;
}

const DEFAULT_LIMIT = 100;

/** Dialogs looked at for one page of a reader who may see few of them; the page is short then and goes on. */
const MOST_LOOKED_AT = 5000;

export interface OwnerSearch extends Paging {
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
  const pages = new Pages(dialogs, user === undefined ? undefined : impersonate(query.identity, user));
  const page = await pages.read(query, {
    filter: normalizeFilter(query.filter),
    owner: caller.orgNumber,
    deleted: query.deleted ?? 'Exclude',
    visible: user !== undefined,
  });
  return { ...page, items: page.items.map(({ dialog }) => ownerListItem(dialog, user)) };
}

export interface EndUserSearch extends Paging {
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
  const page = await new Pages(dialogs, query.identity).read(query, {
    filter: normalizeFilter(query.filter),
    deleted: 'Exclude',
    visible: true,
  });
  const { maskActor } = dialogs;
  const { languages } = query;
  const items = page.items.map(({ dialog, levelTooLow }) =>
    endUserListItem(dialog, { user, maskActor, languages, levelTooLow }),
  );
  return { ...page, items };
}

interface Shown {
  readonly dialog: ListedDialog;
  readonly levelTooLow: boolean;
}

/** Reads pages for one reader; without a reader to judge, everything that is found is shown. */
class Pages {
  readonly #dialogs: DialogsOptions;
  readonly #reader: Identity | undefined;
  readonly #decisions = new Map<string, AccessDecision>();

  constructor(dialogs: DialogsOptions, reader: Identity | undefined) {
    this.#dialogs = dialogs;
    this.#reader = reader;
  }

  async read(
    { orderBy, continuationToken, limit = DEFAULT_LIMIT }: Paging,
    search: Omit<Search, 'order' | 'limit' | 'after'>,
  ): Promise<Page<Shown>> {
    const order = parseOrder(orderBy);
    const shown: Shown[] = [];
    let after = continuationToken === undefined ? undefined : parseToken(continuationToken, order);
    let more = true;
    for (let lookedAt = 0; more && shown.length <= limit && lookedAt < MOST_LOOKED_AT; ) {
      // One more than the page has tells whether there is a next one.
      const found = await this.#find({ ...search, order, limit: limit + 1, after });
      shown.push(...(await this.#judge(found)));
      more = found.length > limit;
      lookedAt += found.length;
      const last = found.at(-1);
      if (last) after = placeOf(last, order);
    }
    const items = shown.slice(0, limit);
    const last = items.at(-1);
    const place = shown.length > limit && last ? placeOf(last.dialog, order) : after;
    return pageOf(items, { order, place, hasNextPage: more || shown.length > limit });
  }

  #find(search: Search): Promise<ListedDialog[]> {
    return searchDialogs(this.#dialogs.database, search).catch((thrown: unknown) => {
      if (!isDatabaseError(thrown, TIMED_OUT)) throw thrown;
      throw new Failure('rule-broken', { detail: 'The search is too broad; narrow it.', cause: thrown });
    });
  }

  /** The dialogs that the reader may know of. A right on the pair of party and resource is enough for a list. */
  async #judge(found: readonly ListedDialog[]): Promise<Shown[]> {
    const identity = this.#reader;
    if (!identity) return found.map((dialog) => ({ dialog, levelTooLow: false }));
    const unknown = new Map<string, Dialog>();
    for (const dialog of found) {
      if (!this.#decisions.has(pairOf(dialog))) unknown.set(pairOf(dialog), dialog);
    }
    const questions = [...unknown.values()].map(({ party, serviceResource: resource }) => ({
      identity,
      action: 'read',
      resource,
      party,
    }));
    const decisions = questions.length > 0 ? await decideAll(this.#dialogs.decide, questions) : [];
    for (const [index, pair] of [...unknown.keys()].entries()) this.#decisions.set(pair, decisions[index]!);
    return found.flatMap((dialog) => {
      const { permitted = false, levelTooLow = false } = this.#decisions.get(pairOf(dialog)) ?? {};
      return permitted || levelTooLow ? [{ dialog, levelTooLow }] : [];
    });
  }
}

/** SQLSTATE of a statement that was given up. */
const TIMED_OUT = '57014';

function pairOf({ party, serviceResource }: Dialog): string {
  return `${party} ${serviceResource}`;
}

function pageOf<Item>(
  items: readonly Item[],
  { order, place, hasNextPage }: { order: Order; place: readonly string[] | undefined; hasNextPage: boolean },
): Page<Item> {
  const continuationToken = place && formatToken(place, order);
  return { items, hasNextPage, ...(continuationToken && { continuationToken }), orderBy: formatOrder(order) };
}
