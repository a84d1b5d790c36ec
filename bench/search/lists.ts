import type { DialogsOptions } from '../../src/dialogs/options.ts';
import {
  type EndUserSearch,
  type OwnerSearch,
  searchForEndUser,
  searchForOwner,
} from '../../src/dialogs/search.ts';
import type { Page } from '../../src/dialogs/search-pages.ts';
import { CALLER, COMPANY, READER, SERVICE } from '../dialogs/ground.ts';

const LIMIT = 10;

export interface List {
  readonly read: (dialogs: DialogsOptions, continuationToken?: string) => Promise<Page<object>>;
  /** It has a hundred pages also among few dialogs. */
  readonly isLong: boolean;
}

const LONG_AGO = '2000-01-01T00:00:00.0000000Z';
const PERSON = `urn:altinn:person:identifier-no:${READER.pid}`;

function endUser(more: Omit<EndUserSearch, 'identity' | 'languages'>, isLong: boolean): List {
  const asked = { identity: READER, languages: undefined, limit: LIMIT, ...more };
  return {
    isLong,
    read: (dialogs, continuationToken) => searchForEndUser(dialogs, { ...asked, continuationToken }),
  };
}

function owner(more: Omit<OwnerSearch, 'identity' | 'caller'>, isLong: boolean): List {
  const asked = { identity: READER, caller: CALLER, limit: LIMIT, ...more };
  return {
    isLong,
    read: (dialogs, continuationToken) => searchForOwner(dialogs, { ...asked, continuationToken }),
  };
}

const byParty = { party: [COMPANY] };
const byResource = { serviceResource: [SERVICE] };
const onBehalf = { endUserId: PERSON, filter: byResource };

/** A party has a thousand dialogs; among a million a service resource has twenty thousand. */
export const LISTS: Readonly<Record<string, List>> = {
  'end user, a party': endUser({ filter: byParty }, true),
  'end user, a party, filtered': endUser(
    { filter: { ...byParty, updatedAfter: LONG_AGO, excludeApiOnly: true } },
    true,
  ),
  'end user, a party, drafts': endUser({ filter: { ...byParty, status: ['Draft'] } }, false),
  'end user, a party, a word in all': endUser({ filter: byParty, search: 'skjenkebevilling' }, true),
  'end user, a party, a word in one of a hundred': endUser({ filter: byParty, search: 'hastesak' }, false),
  'end user, a party, a word in one of five hundred': endUser(
    { filter: byParty, search: 'særtilfelle' },
    false,
  ),
  'end user, a resource, a word in all': endUser({ filter: byResource, search: 'skjenkebevilling' }, true),
  'owner, all': owner({ filter: {} }, true),
  'owner, all, drafts': owner({ filter: { status: ['Draft'] } }, false),
  'owner, all, by updatedAt': owner({ filter: { updatedAfter: LONG_AGO }, orderBy: 'updatedAt_asc' }, true),
  'owner, all, by createdAt': owner({ filter: {}, orderBy: 'createdAt_desc' }, true),
  'owner, all, by dueAt': owner({ filter: {}, orderBy: 'dueAt_asc' }, true),
  'owner, one external reference': owner({ filter: { externalReference: 'case-77' } }, false),
  'owner, a label of its own': owner({ filter: { serviceOwnerLabels: ['urg*'] } }, false),
  'owner on behalf, a resource, a word in all': owner({ ...onBehalf, search: 'skjenkebevilling' }, true),
  'owner on behalf, a resource, a word in one of five hundred': owner(
    { ...onBehalf, search: 'særtilfelle' },
    false,
  ),
};
