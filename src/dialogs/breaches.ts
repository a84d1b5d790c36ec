import { Failure } from '../lib/errors.ts';
import { Faults } from './faults.ts';
import type { AttachmentInput } from './input.ts';
import type { Activity, Dialog, Transmission } from './model.ts';
import type { Children } from './unopened.ts';

/** Answers with 422: the request is well formed, but the state of the dialog or the clock does not allow it. */

const MOST_TRANSMISSIONS = 32_767;
const DEEPEST = 100;
const WIDEST = 100;

interface Dated {
  readonly dueAt?: string | null | undefined;
  readonly expiresAt?: string | null | undefined;
  readonly visibleFrom?: string | null | undefined;
  readonly attachments?: readonly Pick<AttachmentInput, 'expiresAt'>[] | undefined;
}

/** Dates must lie ahead, unless they stand there already. */
export function checkDates(dates: Dated, before: Dated, now: string): Faults {
  const faults = new Faults();
  const ahead = (given: string | null | undefined, kept: string | null | undefined): boolean =>
    given === undefined || given === null || given === kept || given > now;
  for (const name of ['dueAt', 'expiresAt', 'visibleFrom'] as const) {
    faults.demand(ahead(dates[name], before[name]), name, 'must lie in the future, or be what it was');
  }
  const known = new Set((before.attachments ?? []).map(({ expiresAt }) => expiresAt));
  for (const [index, { expiresAt }] of (dates.attachments ?? []).entries()) {
    const stands = expiresAt === undefined || known.has(expiresAt) || expiresAt > now;
    faults.demand(stands, `attachments[${index}].expiresAt`, 'must lie in the future, or be what it was');
  }
  return faults;
}

interface Appended {
  readonly transmissions: readonly Transmission[];
  readonly activities: readonly Activity[];
  readonly alone?: boolean;
}

function placeOf(list: 'transmissions' | 'activities', index: number, alone = false): string {
  return alone ? '' : `${list}[${index}].`;
}

/** What is appended must fit what is there: new ids, relations that exist, and a bounded tree of replies. */
export function checkAppended(appended: Appended, children: Children): Faults {
  const faults = new Faults();
  const existing = new Set(children.transmissions.map(({ id }) => id));
  for (const [index, { id }] of appended.transmissions.entries()) {
    faults.demand(
      !existing.has(id),
      `${placeOf('transmissions', index, appended.alone)}id`,
      'is in use already',
    );
  }
  const known = new Set([...existing, ...appended.transmissions.map(({ id }) => id)]);
  for (const [index, { transmissionId }] of appended.activities.entries()) {
    const exists = transmissionId === undefined || known.has(transmissionId);
    const at = `${placeOf('activities', index, appended.alone)}transmissionId`;
    faults.demand(exists, at, 'must be a transmission of this dialog');
  }
  checkReplies(appended, children, faults);
  return faults;
}

/** A transmission that takes the place of an earlier one must fit the others, with all that hangs below it. */
export function checkRevised(transmission: Transmission, others: Children): Faults {
  const faults = new Faults();
  const appended = { transmissions: [transmission], activities: [], alone: true };
  checkReplies(appended, others, faults);
  const parents = parentsOf(appended, others);
  const tooDeep = [...parents.keys()].some((id) => depthOf(id, parents) > DEEPEST);
  faults.demand(!tooDeep, 'relatedTransmissionId', `must not make replies go deeper than ${DEEPEST}`);
  return faults;
}

type Parents = ReadonlyMap<string, string | undefined>;

function parentsOf({ transmissions }: Pick<Appended, 'transmissions'>, children: Children): Parents {
  return new Map([
    ...children.transmissions.map(
      ({ id, relatedTransmissionId }) => [id, relatedTransmissionId ?? undefined] as const,
    ),
    ...transmissions.map(({ id, relatedTransmissionId }) => [id, relatedTransmissionId] as const),
  ]);
}

function checkReplies(appended: Appended, children: Children, faults: Faults): void {
  const { transmissions, alone } = appended;
  const parents = parentsOf(appended, children);
  const widths = new Map<string, number>();
  for (const parent of parents.values()) {
    if (parent !== undefined) widths.set(parent, (widths.get(parent) ?? 0) + 1);
  }
  for (const [index, { id, relatedTransmissionId }] of transmissions.entries()) {
    if (relatedTransmissionId === undefined) continue;
    const at = `${placeOf('transmissions', index, alone)}relatedTransmissionId`;
    faults.demand(relatedTransmissionId !== id, at, 'must not be the transmission itself');
    faults.demand(parents.has(relatedTransmissionId), at, 'must be a transmission of this dialog');
    faults.demand(depthOf(id, parents) <= DEEPEST, at, `must not go around, nor deeper than ${DEEPEST}`);
    const width = widths.get(relatedTransmissionId) ?? 0;
    faults.demand(width <= WIDEST, at, `must not have more than ${WIDEST} replies`);
  }
}

/** How many transmissions stand above this one; more than may be, when they go around. */
function depthOf(id: string, parents: Parents): number {
  let depth = 0;
  let parent = parents.get(id);
  while (parent !== undefined && depth <= DEEPEST) {
    depth += 1;
    parent = parents.get(parent);
  }
  return depth;
}

export function checkCounts(
  dialog: Pick<Dialog, 'fromOwnerTransmissions' | 'fromPartyTransmissions'>,
): Faults {
  const faults = new Faults();
  const most = Math.max(dialog.fromOwnerTransmissions, dialog.fromPartyTransmissions);
  faults.demand(
    most <= MOST_TRANSMISSIONS,
    'transmissions',
    `must be at most ${MOST_TRANSMISSIONS} of a kind`,
  );
  return faults;
}

/** Throws `idempotent-key-used` when a transmission of this dialog has the key already, or two of these share it. */
export function refuseUsedKeys(transmissions: readonly Transmission[], children: Children): void {
  const used = new Map(children.transmissions.map(({ idempotentKey, id }) => [idempotentKey, id]));
  for (const { id, idempotentKey } of transmissions) {
    if (idempotentKey === undefined) continue;
    const twin = used.get(idempotentKey);
    if (twin !== undefined) {
      const detail = `The transmission ${twin} was created with this idempotent key.`;
      throw new Failure('idempotent-key-used', { detail, members: { transmissionId: twin } });
    }
    used.set(idempotentKey, id);
  }
}
