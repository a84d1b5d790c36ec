import type { Dialog } from './model.ts';

/** A column of the dialog table; read as the member of `Dialog` of the same name. */
interface Column {
  readonly member: keyof Dialog;
  readonly name: string;
  /** How it is read: counters come as numbers, for they stay far below 2^53. */
  readonly read: string;
}

/** What a dialog keeps for life. */
const FIXED = [
  'id',
  'org',
  'owner',
  'serviceResource',
  'serviceResourceType',
  'party',
  'idempotentKey',
  'visibleFrom',
  'createdAt',
] as const satisfies readonly (keyof Dialog)[];

/** What a change may touch. The document stands last: it is sent only when it has changed. */
const CHANGING = [
  'revision',
  'status',
  'extendedStatus',
  'externalReference',
  'progress',
  'process',
  'precedingProcess',
  'isApiOnly',
  'change',
  'dialogSequence',
  'held',
  'dueAt',
  'expiresAt',
  'updatedAt',
  'contentUpdatedAt',
  'deletedAt',
  'frozen',
  'contentSeen',
  'hasUnopenedContent',
  'fromOwnerTransmissions',
  'fromPartyTransmissions',
  'systemLabels',
  'endUserContextRevision',
  'ownerLabels',
  'ownerContextRevision',
  'document',
] as const satisfies readonly (keyof Dialog)[];

function column(member: keyof Dialog): Column {
  const name = member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const counter = member === 'change' || member === 'dialogSequence';
  return { member, name, read: counter ? `d.${name}::float8` : `d.${name}` };
}

export const changingColumns: readonly Column[] = CHANGING.map(column);

export const allColumns: readonly Column[] = [...FIXED.map(column), ...changingColumns];

/** The select list that makes a row a `Dialog`; the table is called d. */
export const DIALOG_COLUMNS = allColumns.map(({ member, read }) => `${read} AS "${member}"`).join(', ');

/** The values of these columns, as the driver takes them. */
export function valuesOf(dialog: Dialog, columns: readonly Column[]): unknown[] {
  return columns.map(({ member }) => dialog[member]);
}
