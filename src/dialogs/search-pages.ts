import { isDatabaseError } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import type { DialogsOptions } from './options.ts';
import type { Search } from './search-condition-queries.ts';
import { formatOrder, formatToken, type Order, parseOrder, parseToken, placeOf } from './search-order.ts';
import { type ListedDialog, type Look, searchDialogs } from './search-queries.ts';
import type { Reader, Shown } from './search-reader.ts';
import { lookNearby, lookUp, type TextSearch } from './text-search-queries.ts';

export interface Paging {
  readonly orderBy?: string | undefined;
  readonly continuationToken?: string | undefined;
  /** 1 to `PAGE_MOST`. */
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
const LONGEST_BATCH = 1001;

/** What a page is read of. */
interface Wanted extends Omit<Search, 'order' | 'limit' | 'after'> {
  /** What the dialogs must say. */
  readonly text?: TextSearch | undefined;
}

/** Reads pages for one reader; without one, everything that is found is shown. */
export class Pages {
  readonly #dialogs: DialogsOptions;
  readonly #reader: Reader | undefined;

  constructor(dialogs: DialogsOptions, reader: Reader | undefined) {
    this.#dialogs = dialogs;
    this.#reader = reader;
  }

  async read(
    { orderBy, continuationToken, limit = DEFAULT_LIMIT }: Paging,
    { text, ...search }: Wanted,
  ): Promise<Page<Shown>> {
    const order = parseOrder(orderBy);
    const shown: Shown[] = [];
    let after = continuationToken === undefined ? undefined : parseToken(continuationToken, order);
    // One more than the page has tells whether there is a next one. Where little of what is found may be shown, each
    // further look is a longer one.
    let batch = limit + 1;
    let more = true;
    for (let lookedAt = 0; more && shown.length <= limit && lookedAt < MOST_LOOKED_AT; ) {
      const isFirst = lookedAt === 0;
      const look = await this.#look({ ...search, order, limit: batch, after }, text, isFirst);
      const judged = await this.#judge(look.found);
      // What a dialog says above the reader's level is not to be found out by searching for it.
      shown.push(...judged.filter(({ levelTooLow }) => text === undefined || !levelTooLow));
      ({ more, end: after = after } = look);
      lookedAt += batch;
      batch = Math.min(batch * 4, LONGEST_BATCH);
    }
    const items = shown.slice(0, limit);
    const last = items.at(-1);
    const place = shown.length > limit && last ? placeOf(last.dialog, order) : after;
    return pageOf(items, { order, place, hasNextPage: more || shown.length > limit });
  }

  #look(search: Search, text: TextSearch | undefined, isFirst: boolean): Promise<Look> {
    const { database } = this.#dialogs;
    const found =
      text === undefined
        ? searchDialogs(database, search)
        : isFirst
          ? lookNearby(database, search, text)
          : lookUp(database, search, text);
    return found.catch((thrown: unknown) => {
      if (!isDatabaseError(thrown, TIMED_OUT)) throw thrown;
      throw new Failure('rule-broken', { detail: 'The search is too broad; narrow it.', cause: thrown });
    });
  }

  async #judge(found: readonly ListedDialog[]): Promise<readonly Shown[]> {
    return this.#reader?.judge(found) ?? found.map((dialog) => ({ dialog, levelTooLow: false }));
  }
}

/** SQLSTATE of a statement that was given up. */
const TIMED_OUT = '57014';

function pageOf<Item>(
  items: readonly Item[],
  { order, place, hasNextPage }: { order: Order; place: readonly string[] | undefined; hasNextPage: boolean },
): Page<Item> {
  const continuationToken = place && formatToken(place, order);
  return { items, hasNextPage, ...(continuationToken && { continuationToken }), orderBy: formatOrder(order) };
}
