import { randomUUID } from 'node:crypto';
import type { ServiceResource } from '../access/ports.ts';
import { checkAppended, checkCounts, checkDates, refuseUsedKeys } from './breaches.ts';
import type { OwnerCaller } from './caller.ts';
import { type Completion, toActivity, toTransmission } from './content.ts';
import type { CreateInput } from './input.ts';
import { labelChanges } from './labels.ts';
import type { Dialog, SystemLabel, Transmission } from './model.ts';
import { normalizeOwnerLabel } from './owner-label-rules.ts';
import type { ActorNames } from './references.ts';
import { idSource, toReplaced } from './replace.ts';
import { stampsAtCreation } from './timestamps.ts';
import { hasUnopenedContent, isFromParty, NO_CHILDREN } from './unopened.ts';
import { appendedHappenings, countsAfter, type Outcome, type Replaced } from './update.ts';

/** What a create asks for. */
export interface Creation {
  readonly caller: OwnerCaller;
  /** Has passed the schema and `createFaults`. */
  readonly input: CreateInput;
  readonly silent: boolean;
}

/** What a new dialog starts from beside its body. */
export interface Origin {
  readonly id: string;
  readonly resource: ServiceResource;
  readonly names: ActorNames;
  readonly now: string;
}

/** The new dialog and what is told of it: created, then each transmission, then each activity. Throws `rule-broken`. */
export function planCreation(creation: Creation, origin: Origin): Outcome {
  const { caller, input, silent } = creation;
  const { now, names } = origin;
  if (!silent && !caller.admin) checkDates(input, {}, now).refuse('rule-broken');
  const stamps = stampsAtCreation(input, now, isMigrated(origin.resource));
  const completion: Completion = { newId: idSource(now), names, createdAt: now };
  const appended = {
    transmissions: (input.transmissions ?? [])
      .map((each) => toTransmission(each, completion))
      .map((each) => (stamps.held ? Object.assign({}, each, { createdAt: stamps.createdAt }) : each)),
    activities: (input.activities ?? []).map((each) => toActivity(each, completion)),
  };
  checkAppended(appended, NO_CHILDREN).refuse('rule-broken');
  refuseUsedKeys(appended.transmissions, NO_CHILDREN);
  const dialog = {
    ...newDialog(creation, origin, appended.transmissions),
    ...toReplaced(input, completion),
    ...stamps,
  };
  const counted = { ...dialog, ...countsAfter(dialog, appended, NO_CHILDREN) };
  checkCounts(counted).refuse('rule-broken');
  return {
    ...appended,
    dialog: counted,
    labels: labelChanges(['Default'], dialog.systemLabels, { actorType: 'ServiceOwner' }),
    happenings: silent ? [] : [{ kind: 'created' }, ...appendedHappenings(appended)],
  };
}

type GivenAtBirth = Omit<Dialog, keyof Replaced | keyof ReturnType<typeof stampsAtCreation>>;

function newDialog(
  { input }: Creation,
  { id, resource }: Origin,
  transmissions: readonly Transmission[],
): GivenAtBirth {
  return {
    id,
    revision: randomUUID(),
    org: resource.org,
    owner: resource.owner,
    serviceResource: resource.urn.toLowerCase(),
    serviceResourceType: resource.type,
    party: input.party.toLowerCase(),
    idempotentKey: input.idempotentKey ?? null,
    change: 0,
    dialogSequence: 0,
    visibleFrom: input.visibleFrom ?? null,
    deletedAt: null,
    frozen: false,
    hasUnopenedContent: hasUnopenedContent(resource.type, NO_CHILDREN),
    fromOwnerTransmissions: 0,
    fromPartyTransmissions: 0,
    systemLabels: labelsAtBirth(input.systemLabel ?? 'Default', transmissions),
    endUserContextRevision: randomUUID(),
    ownerLabels: ownerLabelsOf(input),
    ownerContextRevision: randomUUID(),
  };
}

function labelsAtBirth(label: SystemLabel, transmissions: readonly Transmission[]): readonly SystemLabel[] {
  return transmissions.some(({ type }) => isFromParty(type)) ? [label, 'Sent'] : [label];
}

function ownerLabelsOf({ serviceOwnerContext }: CreateInput): string[] {
  return (serviceOwnerContext?.serviceOwnerLabels ?? []).map(({ value }) => normalizeOwnerLabel(value));
}

/** Resources that were moved over from Altinn 2: nobody can tell whether their content has been seen. */
function isMigrated({ identifier, org }: ServiceResource): boolean {
  return identifier.toLowerCase().startsWith(`app_${org.toLowerCase()}_a2`);
}
