import { Failure } from '../lib/errors.ts';
import { decideAll } from './access.ts';
import { readDialogs } from './label-queries.ts';
import type { Labeller } from './labeller.ts';
import type { Dialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import type { LockedDialog } from './queries.ts';
import { unseeable } from './visibility.ts';

/** Why dialogs cannot be labelled, by id; those that can are not in it. */
export type Obstacles = ReadonlyMap<string, Failure>;

/**
 * What stands between the labeller and these dialogs, in the order in which a reading tells it: not there, no right,
 * deleted, authentication level too low, not or no longer visible. Throws `decision-unavailable`.
 */
export async function findObstacles(
  dialogs: DialogsOptions,
  labeller: Labeller,
  ids: readonly string[],
): Promise<Obstacles> {
  const obstacles = new Map(ids.map((id) => [id, new Failure('not-found')]));
  const found = await readDialogs(dialogs.database, ids);
  const owned = found.filter(({ dialog }) => isReached(dialog, labeller));
  const decisions = await decideReading(dialogs, labeller, owned);
  for (const [index, each] of owned.entries()) {
    const decision = decisions[index];
    if (decision && !decision.permitted && !decision.levelTooLow) continue;
    const failure = closedTo(each, { asked: decision !== undefined, levelTooLow: decision?.levelTooLow });
    if (failure) obstacles.set(each.dialog.id, failure);
    else obstacles.delete(each.dialog.id);
  }
  return obstacles;
}

/** What has become of the dialogs while they were waited for. */
export function lostSince(locked: readonly LockedDialog[], ids: readonly string[]): Obstacles {
  const obstacles = new Map(ids.map((id) => [id, new Failure('not-found')]));
  for (const { dialog } of locked) {
    if (dialog.deletedAt === null) obstacles.delete(dialog.id);
    else obstacles.set(dialog.id, new Failure('deleted'));
  }
  return obstacles;
}

function isReached(dialog: Dialog, { owner }: Labeller): boolean {
  return owner === undefined || owner.admin || dialog.owner === owner.orgNumber;
}

/** Nothing is asked for an administrator's system. */
function decideReading(dialogs: DialogsOptions, { reader }: Labeller, found: readonly LockedDialog[]) {
  if (!reader || found.length === 0) return [];
  const questions = found.map(({ dialog: { id: instance, party, serviceResource: resource } }) => ({
    ...{ identity: reader, action: 'read' },
    ...{ resource, instance, party },
  }));
  return decideAll(dialogs.decide, questions);
}

interface Judged {
  /** Somebody's right was asked for: what end users cannot see is closed to them. */
  readonly asked: boolean;
  readonly levelTooLow: boolean | undefined;
}

function closedTo({ dialog, now }: LockedDialog, { asked, levelTooLow }: Judged): Failure | undefined {
  if (dialog.deletedAt !== null) return new Failure('deleted');
  if (levelTooLow) return new Failure('level-too-low');
  return asked ? unseeable(dialog, now) : undefined;
}
