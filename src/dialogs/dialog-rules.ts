import { fromEpoch, wallClock } from '../lib/time.ts';
import type { OwnerCaller } from './caller.ts';
import { CONTENT_MISSING, checkActivity, checkTransmission } from './child-rules.ts';
import { type FaultMap, Faults } from './faults.ts';
import type { CreateInput, ReplaceInput } from './input.ts';
import { checkOwnerLabel, MOST_OWNER_LABELS, normalizeOwnerLabel } from './owner-label-rules.ts';
import { checkId, checkParts, checkUnique } from './part-rules.ts';
import { isParty } from './party.ts';
import { checkContent } from './text-rules.ts';
import { TOLERANCE } from './timestamps.ts';

export const RESOURCE_PREFIX = 'urn:altinn:resource:';

/** What is wrong with the body of a create, apart from what the schema says. */
export function createFaults(input: CreateInput, caller: OwnerCaller): FaultMap {
  const faults = new Faults();
  checkId(input.id, 'id', faults);
  const resource = input.serviceResource.toLowerCase();
  const named = resource.startsWith(RESOURCE_PREFIX) && resource.length > RESOURCE_PREFIX.length;
  faults.demand(named, 'serviceResource', `must be ${RESOURCE_PREFIX}<identifier>`);
  faults.demand(isParty(input.party), 'party', 'must be a party URN');
  const settable = input.systemLabel !== 'Sent' && input.systemLabel !== 'MarkedAsUnopened';
  faults.demand(settable, 'systemLabel', 'must be Default, Bin or Archive');
  checkSuppliedTimes(input, faults);
  checkOwnerLabels(input, faults);
  checkBody(input, caller, faults);
  if (!caller.admin) checkOrderOfDates(input, input.visibleFrom, faults);
  return faults.fields;
}

/** What is wrong with the body of a PUT, apart from what the schema says. */
export function replaceFaults(input: ReplaceInput, caller: OwnerCaller): FaultMap {
  const faults = new Faults();
  checkBody(input, caller, faults);
  if (!caller.admin) checkOrderOfDates(input, undefined, faults);
  return faults.fields;
}

function checkBody(input: Omit<ReplaceInput, 'status'>, caller: OwnerCaller, faults: Faults): void {
  faults.demand(
    input.precedingProcess === undefined || input.process !== undefined,
    'precedingProcess',
    'must not be given without process',
  );
  const wanted = input.isApiOnly !== true;
  faults.demand(!wanted || input.content !== undefined, 'content', CONTENT_MISSING);
  if (input.content) checkContent(input.content, caller, { at: 'content', faults });
  checkTags(input.searchTags ?? [], faults);
  checkParts(input, faults);
  checkUnique(input.transmissions, 'transmissions', faults);
  checkUnique(input.activities, 'activities', faults);
  for (const [index, transmission] of (input.transmissions ?? []).entries()) {
    const stands = !wanted || transmission.content !== undefined;
    faults.demand(stands, `transmissions[${index}].content`, CONTENT_MISSING);
    checkTransmission(transmission, caller, { at: `transmissions[${index}].`, faults });
  }
  for (const [index, activity] of (input.activities ?? []).entries()) {
    checkActivity(activity, { at: `activities[${index}].`, faults });
  }
}

function checkTags(tags: readonly { readonly value: string }[], faults: Faults): void {
  const seen = new Set<string>();
  for (const [index, { value }] of tags.entries()) {
    faults.demand(!seen.has(value.toLowerCase()), `searchTags[${index}].value`, 'must not be repeated');
    seen.add(value.toLowerCase());
  }
}

function checkSuppliedTimes({ createdAt, updatedAt }: CreateInput, faults: Faults): void {
  const latest = fromEpoch(wallClock() + TOLERANCE);
  faults.demand((createdAt ?? '') <= latest, 'createdAt', 'must not lie in the future');
  faults.demand((updatedAt ?? '') <= latest, 'updatedAt', 'must not lie in the future');
  if (updatedAt === undefined) return;
  faults.demand(createdAt !== undefined, 'updatedAt', 'must not be given without createdAt');
  faults.demand(updatedAt >= (createdAt ?? ''), 'updatedAt', 'must not be before createdAt');
}

function checkOwnerLabels({ serviceOwnerContext }: CreateInput, faults: Faults): void {
  const at = 'serviceOwnerContext.serviceOwnerLabels';
  const labels = (serviceOwnerContext?.serviceOwnerLabels ?? []).map(({ value }) =>
    normalizeOwnerLabel(value),
  );
  faults.demand(labels.length <= MOST_OWNER_LABELS, at, `must have at most ${MOST_OWNER_LABELS} labels`);
  for (const [index, label] of labels.entries()) {
    checkOwnerLabel(label, `${at}[${index}].value`, faults);
    faults.demand(labels.indexOf(label) === index, `${at}[${index}].value`, 'must not be repeated');
  }
}

type Dates = Pick<CreateInput, 'dueAt' | 'expiresAt'>;

function checkOrderOfDates(
  { dueAt, expiresAt }: Dates,
  visibleFrom: string | undefined,
  faults: Faults,
): void {
  const inOrder = (earlier?: string, later?: string): boolean =>
    earlier === undefined || later === undefined || earlier <= later;
  faults.demand(inOrder(dueAt, expiresAt), 'expiresAt', 'must not be before dueAt');
  faults.demand(inOrder(visibleFrom, expiresAt), 'expiresAt', 'must not be before visibleFrom');
  faults.demand(inOrder(visibleFrom, dueAt), 'dueAt', 'must not be before visibleFrom');
}
