import type { Actor, SeenEntry, WholeDialog } from './model.ts';
import { actorOf } from './seen.ts';

export interface SeenEntryView {
  readonly id: string;
  readonly seenAt: string;
  readonly seenBy: Actor;
  readonly isViaServiceOwner: boolean;
  readonly isCurrentEndUser: boolean;
}

/** How actors are shown, and who is looking. */
export interface Onlooker {
  readonly showActor: (actor: Actor) => Actor;
  /** URN of the end user; undefined for the service owner on its own. */
  readonly user?: string | undefined;
}

export function seenEntryView(entry: SeenEntry, { showActor, user }: Onlooker): SeenEntryView {
  return {
    id: entry.id,
    seenAt: entry.seenAt,
    seenBy: showActor(actorOf(entry)),
    isViaServiceOwner: entry.viaOwner,
    isCurrentEndUser: entry.seenBy.toLowerCase() === user?.toLowerCase(),
  };
}

export interface SeenSince {
  readonly seenSinceLastUpdate: readonly SeenEntryView[];
  readonly seenSinceLastContentUpdate: readonly SeenEntryView[];
}

/** Who has seen the dialog since it changed, and since its content did: the newest entry of each. */
export function seenSince(
  dialog: Pick<WholeDialog, 'seenLog' | 'updatedAt' | 'contentUpdatedAt'>,
  onlooker: Onlooker,
): SeenSince {
  const since = (time: string): SeenEntryView[] =>
    newestOfEach(dialog.seenLog.filter(({ seenAt }) => seenAt >= time)).map((entry) =>
      seenEntryView(entry, onlooker),
    );
  return {
    seenSinceLastUpdate: since(dialog.updatedAt),
    seenSinceLastContentUpdate: since(dialog.contentUpdatedAt),
  };
}

/** The log comes with the newest entry first. */
function newestOfEach(entries: readonly SeenEntry[]): SeenEntry[] {
  const users = new Set<string>();
  return entries.filter(({ seenBy }) => !users.has(seenBy) && users.add(seenBy));
}
