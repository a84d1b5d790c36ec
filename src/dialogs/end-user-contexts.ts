import type { OwnerCaller } from './caller.ts';
import type { Dialog, SystemLabel } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { normalizeFilter, refuseFilter } from './search-filter.ts';
import { OWNER_LIMITS } from './search-limits.ts';
import { type Page, Pages, type Paging } from './search-pages.ts';

export interface ContextSearch extends Omit<Paging, 'orderBy'> {
  readonly caller: OwnerCaller;
  readonly party: readonly string[];
  readonly contentUpdatedAfter?: string | undefined;
  /** Any of them. */
  readonly label?: readonly SystemLabel[] | undefined;
}

/** `V1ServiceOwnerDialogsQueriesSearchEndUserContext_DialogEndUserContextItem` */
export interface EndUserContextItem {
  readonly dialogId: string;
  readonly endUserContextRevision: string;
  readonly systemLabels: readonly SystemLabel[];
}

/** Where the parties keep a service owner's dialogs. Throws `request-invalid` without a party, or with too many. */
export async function searchEndUserContexts(
  dialogs: DialogsOptions,
  { caller, party, contentUpdatedAfter, label, ...paging }: ContextSearch,
): Promise<Page<EndUserContextItem>> {
  const filter = {
    party,
    ...(contentUpdatedAfter !== undefined && { contentUpdatedAfter }),
    ...(label && { systemLabel: label }),
  };
  refuseFilter(filter, { limits: OWNER_LIMITS, narrow: true });
  const page = await new Pages(dialogs, undefined).read(paging, {
    filter: normalizeFilter(filter),
    owner: caller.orgNumber,
    deleted: 'Exclude',
    visible: false,
  });
  return { ...page, items: page.items.map(({ dialog }) => contextItem(dialog)) };
}

function contextItem({ id, endUserContextRevision, systemLabels }: Dialog): EndUserContextItem {
  return { dialogId: id, endUserContextRevision, systemLabels };
}
