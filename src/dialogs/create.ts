import { randomUUID } from 'node:crypto';
import type { ServiceResource } from '../access/ports.ts';
import { isDatabaseError, type Transaction } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import { wallClock } from '../lib/time.ts';
import { uuidv7 } from '../lib/uuid.ts';
import { checkAppended, checkCounts, checkDates, refuseUsedKeys } from './breaches.ts';
import type { OwnerCaller } from './caller.ts';
import { type Completion, toActivity, toTransmission } from './content.ts';
import { tell } from './dialog-events.ts';
import type { CreateInput } from './input.ts';
import { labelChanges } from './labels.ts';
import type { Dialog, SystemLabel, Transmission } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { type CreationState, creationState, planRelease } from './queries.ts';
import { type ActorNames, ownResource, referencesIn, resolveReferences } from './references.ts';
import { laneOf } from './release.ts';
import { idSource, refuseForeignActivities, toReplaced } from './replace.ts';
import { stampsAtCreation } from './timestamps.ts';
import { type Done, transact, UNIQUE_VIOLATION, type Written } from './transact.ts';
import { hasUnopenedContent, isFromParty, NO_CHILDREN } from './unopened.ts';
import { appendedHappenings, countsAfter, type Outcome, type Replaced } from './update.ts';
import { commitAfter, writes } from './write.ts';

export interface CreateCommand {
  readonly caller: OwnerCaller;
  /** Has passed the schema and `createFaults`. */
  readonly input: CreateInput;
  readonly silent: boolean;
  readonly trace: string | null;
}

/** What the decision about a new dialog rests on. */
interface Origin {
  readonly id: string;
  readonly resource: ServiceResource;
  readonly names: ActorNames;
  readonly now: string;
}

/**
 * Creates a dialog in two round trips: one that looks, one that writes, appends and commits.
 * Throws `not-owner`, `idempotent-key-used` with the existing dialog's id as a member, and `rule-broken` for an id that
 * is in use or lies under a tombstone.
 */
export async function createDialog(dialogs: DialogsOptions, command: CreateCommand): Promise<Written> {
  const { caller, input } = command;
  const resource = await ownResource(dialogs, caller, input.serviceResource);
  refuseType(resource, caller);
  refuseForeignActivities(input.activities ?? [], caller);
  const names = await resolveReferences(dialogs, caller, referencesIn(input));
  const id = input.id?.toLowerCase() ?? uuidv7(wallClock());
  const attempt = (): Promise<Written> =>
    transact(dialogs, async (transaction) => {
      const key = { id, org: resource.org, idempotentKey: input.idempotentKey };
      const state = await creationState(transaction, key);
      refuseTaken(state);
      return write(transaction, planCreation(command, { id, resource, names, now: state.now }), {
        baseUrl: dialogs.baseUrl,
        now: state.now,
        trace: command.trace,
      });
    });
  return attempt().catch((thrown: unknown) => {
    // Two creates raced with one key. The twin has committed by now, so that a second look finds it and names it.
    if (isDatabaseError(thrown, UNIQUE_VIOLATION, 'dialog_idempotent_key')) return attempt();
    throw thrown;
  });
}

async function write(
  transaction: Transaction,
  outcome: Outcome,
  telling: Parameters<typeof tell>[2],
): Promise<Done> {
  const { dialog, events } = tell(outcome.dialog, outcome.happenings, telling);
  const { id, revision, held, visibleFrom } = dialog;
  const sent = [...writes(transaction, { ...outcome, after: dialog, events, now: telling.now })];
  if (held && visibleFrom !== null) {
    sent.push(planRelease(transaction, { id, lane: laneOf(id), at: visibleFrom }));
  }
  await commitAfter(transaction, sent, events);
  return { id, revision, wrote: true, told: events.length > 0 };
}

const ACCEPTED_TYPES = ['genericaccessresource', 'altinnapp', 'migratedapp', 'correspondenceservice'];

function refuseType({ type }: ServiceResource, caller: OwnerCaller): void {
  if (!ACCEPTED_TYPES.includes(type)) {
    const fields = { serviceResource: ['must be of a type that dialogs are made for'] };
    throw new Failure('rule-broken', { fields });
  }
  if (type === 'correspondenceservice' && !caller.correspondence) {
    throw new Failure('scope-missing', {
      detail: 'Dialogs of correspondence services need their own scope.',
    });
  }
}

function refuseTaken({ taken, purged, twin }: CreationState): void {
  if (twin !== null) {
    const detail = `The dialog ${twin} was created with this idempotent key.`;
    throw new Failure('idempotent-key-used', { detail, members: { dialogId: twin } });
  }
  if (!taken && !purged) return;
  const message = taken ? 'is in use already' : 'belonged to a dialog that was purged';
  throw new Failure('rule-broken', { fields: { id: [message] } });
}

/** The new dialog and what is told of it: created, then each transmission, then each activity. */
function planCreation(command: CreateCommand, origin: Origin): Outcome {
  const { caller, input, silent } = command;
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
    ...newDialog(command, origin, appended.transmissions),
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
  { input }: CreateCommand,
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
  return (serviceOwnerContext?.serviceOwnerLabels ?? []).map(({ value }) => value.trim().toLowerCase());
}

/** Resources that were moved over from Altinn 2: nobody can tell whether their content has been seen. */
function isMigrated({ identifier, org }: ServiceResource): boolean {
  return identifier.toLowerCase().startsWith(`app_${org.toLowerCase()}_a2`);
}
