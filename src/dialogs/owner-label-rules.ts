import { type FaultMap, Faults } from './faults.ts';

/** How many labels a service owner may give a dialog. */
export const MOST_OWNER_LABELS = 20;

const SHORTEST = 3;
const LONGEST = 255;

/** A label as it is kept and compared. */
export function normalizeOwnerLabel(label: string): string {
  return label.trim().toLowerCase();
}

/** Whether a label, as it is kept, has a permitted length. */
export function checkOwnerLabel(label: string, at: string, faults: Faults): void {
  const suits = label.length >= SHORTEST && label.length <= LONGEST;
  faults.demand(suits, at, `must have ${SHORTEST}–${LONGEST} characters`);
}

/** What is wrong with the body that adds a label, apart from what the schema says. */
export function ownerLabelFaults({ value }: { readonly value: string }): FaultMap {
  const faults = new Faults();
  checkOwnerLabel(normalizeOwnerLabel(value), 'value', faults);
  return faults.fields;
}
