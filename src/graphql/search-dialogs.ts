import type { EndUserListItem } from '../dialogs/list-view.ts';
import { searchForEndUser } from '../dialogs/search.ts';
import type { SearchFilter } from '../dialogs/search-filter.ts';
import { PAGE_MOST } from '../dialogs/search-limits.ts';
import { Failure } from '../lib/errors.ts';
import { withoutNulls } from './arguments.ts';
import type { RootResolver } from './context.ts';
import { orderText, sortTypes } from './search-order.ts';
import { type ErrorTypes, orTypedErrors, type TypedError } from './typed-errors.ts';

type Nullable<T> = { readonly [Name in keyof T]: T[Name] | null };

/** `SearchDialogInput`. */
interface Input extends Nullable<SearchFilter> {
  readonly search?: string | null;
  readonly searchLanguageCode?: string | null;
  readonly limit?: number | null;
  readonly continuationToken?: string | null;
  readonly orderBy?: Parameters<typeof orderText>[0] | null;
}

interface Payload {
  readonly items?: readonly EndUserListItem[];
  readonly hasNextPage: boolean;
  readonly continuationToken?: string;
  readonly orderBy?: ReturnType<typeof sortTypes>;
  readonly errors?: readonly TypedError[];
}

const ERRORS: ErrorTypes<{ readonly hasNextPage: false }> = {
  byCode: {
    'request-invalid': 'SearchDialogValidationError',
    'rule-broken': 'SearchDialogDomainError',
    'identity-missing': 'SearchDialogForbidden',
  },
  byField: {
    orderBy: 'SearchDialogOrderByParsingError',
    continuationToken: 'SearchDialogContinuationTokenParsingError',
  },
  payload: { hasNextPage: false },
};

/** What `GET /enduser/dialogs` answers; nothing is noted as seen. */
export const searchDialogs: RootResolver<{ readonly input: Input }, Payload> = (_, { input }, context) =>
  orTypedErrors(async () => {
    const { limit, continuationToken, orderBy, search, searchLanguageCode, ...filter } = withoutNulls(input);
    refusePaging({ limit, continuationToken, orderBy });
    const { dialogs, identity, languages } = context;
    const page = await searchForEndUser(dialogs, {
      ...{ identity, languages, filter, search, searchLanguageCode },
      ...{ limit, continuationToken, orderBy: orderText(orderBy) },
    });
    return { ...page, orderBy: sortTypes(page.orderBy) };
  }, ERRORS);

interface Paging {
  readonly limit: number | undefined;
  readonly continuationToken: string | undefined;
  readonly orderBy: Input['orderBy'];
}

/** A token holds no order: without the one that it was given for it would lead somewhere else. */
function refusePaging({ limit = 1, continuationToken, orderBy }: Paging): void {
  if (limit < 1 || limit > PAGE_MOST) refuse('limit', `must be from 1 to ${PAGE_MOST}`);
  if (continuationToken !== undefined && orderBy === undefined) {
    refuse('orderBy', 'must be given together with continuationToken');
  }
}

function refuse(field: string, message: string): never {
  throw new Failure('request-invalid', { fields: { [field]: [message] } });
}
