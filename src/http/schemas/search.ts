import { type TSchema, Type } from 'typebox';
import { PAGE_MOST } from '../../dialogs/search-limits.ts';
import { dialogStatus, systemLabel } from './dialog.ts';
import { dateTime, maybe } from './primitives.ts';

const many = () => maybe(Type.Array(Type.String({ maxLength: 255 }), { maxItems: 1000 }));
const one = () => maybe(Type.String({ maxLength: 1023 }));

const common = {
  party: many(),
  serviceResource: many(),
  extendedStatus: many(),
  externalReference: one(),
  status: maybe(Type.Array(dialogStatus, { maxItems: 100 })),
  createdAfter: maybe(dateTime()),
  createdBefore: maybe(dateTime()),
  updatedAfter: maybe(dateTime()),
  updatedBefore: maybe(dateTime()),
  contentUpdatedAfter: maybe(dateTime()),
  contentUpdatedBefore: maybe(dateTime()),
  dueAfter: maybe(dateTime()),
  dueBefore: maybe(dateTime()),
  isContentSeen: maybe(Type.Boolean()),
  process: one(),
  systemLabel: maybe(Type.Array(systemLabel, { maxItems: 100 })),
  excludeApiOnly: maybe(Type.Boolean()),
};

const paging = {
  search: maybe(
    Type.String({
      maxLength: 1023,
      description: 'Words, "phrases", or, and - before what must not be said; at least three characters.',
    }),
  ),
  searchLanguageCode: maybe(Type.String({ maxLength: 35, description: 'Only texts in this language.' })),
  orderBy: one(),
  continuationToken: one(),
  limit: maybe(Type.Integer({ minimum: 1, maximum: PAGE_MOST })),
};

export const endUserSearchQuery = Type.Object({ ...common, org: many(), ...paging });

export const ownerSearchQuery = Type.Object({
  ...common,
  endUserId: one(),
  deleted: maybe(Type.Enum(['Exclude', 'Include', 'Only'])),
  visibleAfter: maybe(dateTime()),
  visibleBefore: maybe(dateTime()),
  serviceOwnerLabels: many(),
  ...paging,
});

export const page = <Item extends TSchema>(item: Item) =>
  Type.Object({
    items: Type.Array(item),
    hasNextPage: Type.Boolean(),
    continuationToken: maybe(Type.String()),
    orderBy: Type.String(),
  });
