import { Type } from 'typebox';
import { actor } from './content.ts';
import { systemLabel } from './dialog.ts';
import { dateTime, list, maybe, text, uuid } from './primitives.ts';

const labels = (description: string) => maybe(Type.Array(systemLabel, { maxItems: 100, description }));

const wish = {
  addLabels: labels('Of Default, Bin and Archive the last counts.'),
  removeLabels: labels('Without Bin or Archive the dialog has Default.'),
  systemLabels: labels('Older name of addLabels.'),
};

/** On whose behalf a service owner's system acts. */
export const onBehalfQuery = Type.Object({ endUserId: maybe(text(255)) });

/** A change of one dialog's system labels. */
export const labelWish = Type.Object(wish);

const performedBy = maybe(actor);

export const ownerLabelWish = Type.Object({ ...wish, performedBy });

const dialogs = list(Type.Object({ dialogId: uuid(), endUserContextRevision: maybe(uuid()) }));

/** A change of several dialogs' system labels: of all, or of none. */
export const bulkLabelWish = Type.Object({ ...wish, dialogs });

export const ownerBulkLabelWish = Type.Object({ ...wish, performedBy, dialogs });

export const labelLogLine = Type.Object({
  createdAt: dateTime(),
  name: Type.String({ description: 'systemlabel:<label>' }),
  action: Type.Enum(['set', 'remove']),
  performedBy: actor,
});

/** A label of the service owner; kept in lower case. */
export const ownerLabel = Type.Object({ value: Type.String() });

export const endUserContextItem = Type.Object({
  dialogId: uuid(),
  endUserContextRevision: uuid(),
  systemLabels: Type.Array(systemLabel),
});

export const contextQuery = Type.Object({
  party: Type.Array(Type.String({ maxLength: 255 }), { minItems: 1, maxItems: 1000 }),
  contentUpdatedAfter: maybe(dateTime()),
  label: maybe(Type.Array(systemLabel, { maxItems: 100, description: 'Any of them.' })),
  continuationToken: maybe(text(1023)),
  limit: maybe(Type.Integer({ minimum: 1, maximum: 1000 })),
});
