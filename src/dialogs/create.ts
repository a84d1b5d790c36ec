import type { ServiceResource } from '../access/ports.ts';
import { isDatabaseError, type Transaction } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import { wallClock } from '../lib/time.ts';
import { uuidv7 } from '../lib/uuid.ts';
import type { OwnerCaller } from './caller.ts';
import { type Telling, tell } from './dialog-events.ts';
import { type Creation, planCreation } from './new-dialog.ts';
import type { DialogsOptions } from './options.ts';
import { type CreationState, creationState, planRelease } from './queries.ts';
import { ownResource, referencesIn, resolveReferences } from './references.ts';
import { laneOf } from './release.ts';
import { refuseForeignActivities } from './replace.ts';
import { type Done, transact, UNIQUE_VIOLATION, type Written } from './transact.ts';
import type { Outcome } from './update.ts';
import { commitAfter, writes } from './write.ts';

export interface CreateCommand extends Creation {
  readonly trace: string | null;
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

async function write(transaction: Transaction, outcome: Outcome, telling: Telling): Promise<Done> {
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
