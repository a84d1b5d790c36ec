import { type FaultMap, Faults } from './faults.ts';
import type { Actor, SystemLabel } from './model.ts';

/** Exactly one of these stands among the system labels. */
const PLACES: readonly SystemLabel[] = ['Default', 'Bin', 'Archive'];

/** The labels of a dialog that a service owner has changed: back from bin or archive, marked when the party sent. */
export function labelsAfterChange(
  labels: readonly SystemLabel[],
  sentByParty: boolean,
): readonly SystemLabel[] {
  const reset: SystemLabel[] = ['Default', ...labels.filter((label) => !PLACES.includes(label))];
  return sentByParty && !reset.includes('Sent') ? [...reset, 'Sent'] : reset;
}

/** What a caller wants of the system labels. `systemLabels` is the older name of `addLabels`. */
export interface LabelWish {
  readonly addLabels?: readonly SystemLabel[];
  readonly removeLabels?: readonly SystemLabel[];
  readonly systemLabels?: readonly SystemLabel[];
}

/** The labels as wished: of several places the last counts, and a dialog that is taken from its place is in none. */
export function relabel(
  labels: readonly SystemLabel[],
  { addLabels = [], removeLabels = [], systemLabels = [] }: LabelWish,
): readonly SystemLabel[] {
  const added = [...systemLabels, ...addLabels];
  const kept = labels.filter((label) => !removeLabels.includes(label));
  const place = added.findLast(isPlace) ?? kept.find(isPlace) ?? 'Default';
  return [place, ...new Set([...kept, ...added].filter((label) => !isPlace(label)))];
}

/** What is wrong with a wish, apart from what the schema says: nobody but the system says who sent. */
export function wishFaults(wish: LabelWish): FaultMap {
  const faults = new Faults();
  for (const name of ['addLabels', 'removeLabels', 'systemLabels'] as const) {
    for (const [index, label] of (wish[name] ?? []).entries()) {
      faults.demand(label !== 'Sent', `${name}[${index}]`, 'must not be Sent, which the system sets');
    }
  }
  return faults.fields;
}

function isPlace(label: SystemLabel): boolean {
  return PLACES.includes(label);
}

/** The older single label of the contract: where the dialog lies. */
export function placeOf(labels: readonly SystemLabel[]): SystemLabel {
  return labels.find(isPlace) ?? 'Default';
}

/** A line of the label log. Default is the absence of the others and is not logged. */
export interface LabelChange {
  readonly label: string;
  readonly action: 'set' | 'remove';
  readonly performedBy: Actor;
}

/** The lines that tell how the labels went from one state to the next. */
export function labelChanges(
  before: readonly SystemLabel[],
  after: readonly SystemLabel[],
  performedBy: Actor,
): LabelChange[] {
  const named = (labels: readonly SystemLabel[], action: LabelChange['action']): LabelChange[] =>
    labels
      .filter((label) => label !== 'Default')
      .map((label) => ({ label: `systemlabel:${label}`, action, performedBy }));
  return [
    ...named(
      before.filter((label) => !after.includes(label)),
      'remove',
    ),
    ...named(
      after.filter((label) => !before.includes(label)),
      'set',
    ),
  ];
}
