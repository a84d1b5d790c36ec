import { putGrant, putResource } from '../../../src/access/registry/single-changes.ts';
import { Disposals } from '../../../src/lib/disposals.ts';
import { pause } from '../../../src/lib/time.ts';
import type { Receiver } from '../../support/receiver.ts';
import { openCallers } from './callers.ts';
import { TRIES } from './columns.ts';
import { DELEGATED } from './naive-answer.ts';
import { OWNER_DIALOGS, type Stage, setStage } from './stage.ts';
import { call, type System } from './system.ts';
import { type Cell, isGranted } from './table.ts';
import type { Variant } from './variants.ts';
import { type Delegated, PARTIES, WHO } from './who.ts';

/** A cell as it was played. */
export interface Played {
  readonly variant: Variant;
  readonly cell: Cell;
  readonly granted: boolean;
}

export interface Setting {
  readonly system: System;
  readonly receiver: Receiver;
  readonly variants: readonly Variant[];
  /** The policies that are put in place; those of the variants unless given. */
  readonly policyOf?: (variant: Variant) => string;
}

/** Milliseconds after which no decision rests on what was true before: the bound that decisions have, and a margin. */
const SETTLED_MS = 300;

/**
 * Plays the tables through a running system that was started with an open registry. While everybody is let in, whoever
 * is in a table subscribes and opens a stream; then the policies are put in place and every cell is tried: what a
 * caller asks for, what a dialog's update brings them, and what its deletion does.
 */
export async function play({ system, receiver, variants, policyOf }: Setting): Promise<Played[]> {
  const names = new Set(variants.flatMap(({ cells }) => cells.map(({ who }) => who)));
  const callers = await openCallers(system, names);
  await using stages = new Disposals();
  const set = await Promise.all(variants.map((variant) => setStage({ system, receiver, callers }, variant)));
  for (const stage of set) stages.use(stage);

  for (const { variant } of set) {
    const { document, policy } = variant;
    await putResource(system.database, { document, policy: policyOf?.(variant) ?? policy }, 'matrix');
  }
  const attempt = (isPlayed: (cell: Cell) => boolean): Promise<Played[]> =>
    Promise.all(
      set.flatMap((stage) =>
        stage.variant.cells.filter(isPlayed).map(async (cell) => {
          const granted = await TRIES[cell.column](stage, callers.get(cell.who)!);
          return { variant: stage.variant, cell, granted };
        }),
      ),
    );
  const played: Played[] = [];
  for (const late of [false, true]) {
    await delegate(set, late);
    await pause(SETTLED_MS);
    const isOurs = ({ who }: Cell) => (WHO[who]?.delegated?.late ?? false) === late;
    played.push(...(await attempt((cell) => isOurs(cell) && ASKED.has(cell.column))));
    await forEachDialog(set, update);
    played.push(...(await attempt((cell) => isOurs(cell) && TOLD.has(cell.column))));
  }
  await forEachDialog(set, remove);
  return [...played, ...(await attempt(({ column }) => column === 'live'))];
}

const ASKED: ReadonlySet<string> = new Set([
  'publish',
  'subscribe',
  'get',
  'lookup',
  'label',
  'search',
  'graphql',
]);
const TOLD: ReadonlySet<string> = new Set(['deliver', 'poll']);

/** Cells whose outcome is not what the table says. */
export function redCells(played: readonly Played[]): Played[] {
  return played.filter(({ cell, granted }) => granted !== isGranted(cell.expected));
}

async function delegate(stages: readonly Stage[], late: boolean): Promise<void> {
  const stage = stages.find(({ variant }) => variant.resource === DELEGATED);
  if (!stage) return;
  const all = new Map<string, Delegated>();
  for (const { delegated } of Object.values(WHO)) if (delegated) all.set(delegated.to, delegated);
  for (const { to, of, actions, late: isLate = false } of all.values()) {
    if (isLate !== late) continue;
    const right = { resource: stage.variant.urn, actions };
    const rights =
      of === 'resource'
        ? { resources: [right] }
        : { instances: [{ ...right, instance: stage.dialogs.get('main') }] };
    await putGrant(stage.system.database, { to, party: PARTIES.main, ...rights }, 'matrix');
  }
}

function update({ system, owner }: Stage, dialog: string): Promise<unknown> {
  const body = [{ op: 'add', path: '/progress', value: Math.floor(Math.random() * 100) }];
  return call(system, owner, { method: 'PATCH', path: `${OWNER_DIALOGS}/${dialog}`, body });
}

function remove({ system, owner }: Stage, dialog: string): Promise<unknown> {
  return call(system, owner, { method: 'DELETE', path: `${OWNER_DIALOGS}/${dialog}` });
}

async function forEachDialog(
  stages: readonly Stage[],
  change: (stage: Stage, dialog: string) => Promise<unknown>,
): Promise<void> {
  await Promise.all(stages.flatMap((stage) => [...stage.dialogs.values()].map((id) => change(stage, id))));
}
