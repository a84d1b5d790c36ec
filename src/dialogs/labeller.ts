import type { Identity } from '../access/ports.ts';
import { Failure } from '../lib/errors.ts';
import { type OwnerCaller, userUrn } from './caller.ts';
import { checkActor } from './child-rules.ts';
import { toActor } from './content.ts';
import { Faults } from './faults.ts';
import { impersonate } from './get-for-owner.ts';
import type { Actor } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { nameOf, referencesIn, resolveReferences } from './references.ts';
import { actorOf } from './seen.ts';

/** Whoever changes system labels: which dialogs they reach, and how the label log names them. */
export interface Labeller {
  /** May label what this one may read; undefined for an administrator's system, which asks for nobody. */
  readonly reader?: Identity;
  /** Reaches only its own dialogs. */
  readonly owner?: OwnerCaller;
  readonly performedBy: Actor;
}

/** An end user in their own name. Throws `identity-missing`. */
export async function endUserLabeller(dialogs: DialogsOptions, identity: Identity): Promise<Labeller> {
  return { reader: identity, performedBy: await namedActor(dialogs, userUrn(identity)) };
}

export interface OwnerLabelling {
  readonly caller: OwnerCaller;
  readonly identity: Identity;
  /** Person URN on whose behalf the labels are changed. */
  readonly endUserId?: string | undefined;
  /** Who did it, where an administrator's system changes labels on nobody's behalf. */
  readonly performedBy?: Actor | undefined;
}

/**
 * A service owner's system on behalf of a person; an administrator's also without one. Throws `request-invalid`,
 * `scope-missing`, and `rule-broken` for an actor whom the register does not know.
 */
export async function ownerLabeller(
  dialogs: DialogsOptions,
  { caller, identity, endUserId, performedBy }: OwnerLabelling,
): Promise<Labeller> {
  if (endUserId === undefined) {
    if (!caller.admin) throw new Failure('scope-missing', { detail: WITHOUT_END_USER });
    return { owner: caller, performedBy: await completeActor(dialogs, caller, performedBy) };
  }
  if (performedBy) refuse('performedBy', 'must not be given together with endUserId');
  const user = endUserId.toLowerCase();
  const reader = impersonate(identity, user);
  return { owner: caller, reader, performedBy: await namedActor(dialogs, user) };
}

const WITHOUT_END_USER = 'Labels are changed on behalf of endUserId; without it the admin scope is needed.';

/** The register may not know the name, or not answer: that costs the name only. */
async function namedActor(dialogs: DialogsOptions, urn: string): Promise<Actor> {
  const name = await nameOf(dialogs, urn);
  return actorOf({ seenBy: urn, ...(name !== undefined && { seenByName: name }) });
}

async function completeActor(
  dialogs: DialogsOptions,
  caller: OwnerCaller,
  performedBy: Actor | undefined,
): Promise<Actor> {
  if (!performedBy) return { actorType: 'ServiceOwner' };
  const faults = new Faults();
  checkActor(performedBy, 'performedBy', faults);
  faults.refuse('request-invalid');
  const names = await resolveReferences(dialogs, caller, referencesIn({ performedBy }));
  return toActor(performedBy, names);
}

function refuse(field: string, message: string): never {
  throw new Failure('request-invalid', { fields: { [field]: [message] } });
}
