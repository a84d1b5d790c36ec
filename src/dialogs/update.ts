import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { checkAppended, checkCounts, refuseUsedKeys } from './breaches.ts';
import type { Happening } from './dialog-events.ts';
import { type LabelChange, labelChanges, labelsAfterChange } from './labels.ts';
import type { Activity, Dialog, DialogDocument, SystemLabel, Transmission } from './model.ts';
import { stampsAfterChange } from './timestamps.ts';
import { type Children, hasUnopenedContent, isFromParty, withAppended } from './unopened.ts';

/** The members that a PUT replaces. */
export type Replaced = Pick<
  Dialog,
  | 'status'
  | 'extendedStatus'
  | 'externalReference'
  | 'progress'
  | 'process'
  | 'precedingProcess'
  | 'isApiOnly'
  | 'dueAt'
  | 'expiresAt'
  | 'document'
>;

/** What an update asks for: members replaced, children appended. */
export interface Update {
  readonly replaced: Partial<Replaced> & { readonly frozen?: boolean };
  readonly transmissions: readonly Transmission[];
  readonly activities: readonly Activity[];
  /** One transmission or activity is the whole body: its faults are named without a list before them. */
  readonly alone?: boolean;
}

export interface Setting {
  readonly now: string;
  readonly silent: boolean;
  /** Known where something is appended. */
  readonly children: Children;
}

/** What comes of a command, before its events are counted. */
export interface Outcome {
  readonly dialog: Dialog;
  readonly transmissions: readonly Transmission[];
  readonly activities: readonly Activity[];
  /** A transmission that takes the place of the one with its id. */
  readonly revised?: Transmission;
  /** An activity that is to have happened at another time. */
  readonly retimed?: Activity;
  readonly labels: readonly LabelChange[];
  readonly happenings: readonly Happening[];
}

/**
 * The dialog after the update, undefined when nothing has changed: then there is no revision and no event either.
 * A silent update leaves times and labels alone and tells nobody. Throws `rule-broken`.
 */
export function applyUpdate(dialog: Dialog, update: Update, setting: Setting): Outcome | undefined {
  const { transmissions, activities } = update;
  const { replaced, content } = difference(dialog, update);
  if (Object.keys(replaced).length === 0 && transmissions.length + activities.length === 0) return undefined;
  refuseUsedKeys(transmissions, setting.children);
  checkAppended(update, setting.children).refuse('rule-broken');
  const systemLabels = labelsAfter(dialog, update, setting.silent);
  const labels = labelChanges(dialog.systemLabels, systemLabels, { actorType: 'ServiceOwner' });
  const counted = { ...dialog, ...countsAfter(dialog, update, setting.children) };
  checkCounts(counted).refuse('rule-broken');
  const { now, silent } = setting;
  return {
    dialog: {
      ...counted,
      ...replaced,
      ...stampsAfterChange(dialog, { now, silent, content }),
      ...(labels.length > 0 && { systemLabels, endUserContextRevision: randomUUID() }),
      revision: randomUUID(),
    },
    transmissions,
    activities,
    labels,
    happenings: silent ? [] : happeningsOf(update, labels),
  };
}

/** The members whose value differs, and whether any of it is content in the sense of `contentUpdatedAt`. */
function difference(dialog: Dialog, update: Update): { replaced: Partial<Dialog>; content: boolean } {
  const entries = Object.entries(update.replaced) as [keyof Dialog, unknown][];
  const replaced = entries.filter(([member, value]) => !isDeepStrictEqual(dialog[member], value));
  const members = new Set(replaced.map(([member]) => member));
  const { document } = update.replaced;
  const content =
    members.has('status') ||
    members.has('extendedStatus') ||
    update.transmissions.length > 0 ||
    (document !== undefined && hasNewContent(dialog.document, document));
  return { replaced: Object.fromEntries(replaced), content };
}

function hasNewContent(before: DialogDocument, after: DialogDocument): boolean {
  const parts = ['content', 'attachments', 'guiActions', 'apiActions'] as const;
  return parts.some((part) => !isDeepStrictEqual(before[part], after[part]));
}

function labelsAfter(dialog: Dialog, { transmissions }: Update, silent: boolean): readonly SystemLabel[] {
  if (silent) return dialog.systemLabels;
  return labelsAfterChange(
    dialog.systemLabels,
    transmissions.some(({ type }) => isFromParty(type)),
  );
}

type Counts = Pick<Dialog, 'fromOwnerTransmissions' | 'fromPartyTransmissions' | 'hasUnopenedContent'>;

/** The counters of a dialog to which these are appended; untouched when nothing is. */
export function countsAfter(
  dialog: Counts & Pick<Dialog, 'serviceResourceType'>,
  { transmissions, activities }: Pick<Update, 'transmissions' | 'activities'>,
  children: Children,
): Counts {
  const fromParty = transmissions.filter(({ type }) => isFromParty(type)).length;
  const grown = transmissions.length + activities.length > 0;
  return {
    fromPartyTransmissions: dialog.fromPartyTransmissions + fromParty,
    fromOwnerTransmissions: dialog.fromOwnerTransmissions + transmissions.length - fromParty,
    hasUnopenedContent: grown
      ? hasUnopenedContent(dialog.serviceResourceType, withAppended(children, transmissions, activities))
      : dialog.hasUnopenedContent,
  };
}

function happeningsOf({ transmissions, activities }: Update, labels: readonly LabelChange[]): Happening[] {
  return [
    { kind: 'updated' },
    ...appendedHappenings({ transmissions, activities }),
    ...(labels.length > 0 ? [{ kind: 'labels' } as const] : []),
  ];
}

export function appendedHappenings({
  transmissions,
  activities,
}: Pick<Update, 'transmissions' | 'activities'>): Happening[] {
  return [
    ...transmissions.map((transmission): Happening => ({ kind: 'transmission', transmission })),
    ...activities.map((activity): Happening => ({ kind: 'activity', activity })),
  ];
}
